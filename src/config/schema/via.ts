import { closed, type Schema } from './shape.ts';

/** A first character that no tool takes for an option. */
const NAME = '^[A-Za-z0-9][A-Za-z0-9_.-]*$';

/** Where the tools of a resource run; that it is one place is checked beside the schema. */
export const viaDefinition: Schema = {
  via: {
    ...closed({
      docker: name('Name or id of a running container; tools run in it with `docker exec`.', 'shop-db'),
      compose: compose(),
      kubernetes: kubernetes(),
      ssh: {
        type: 'string',
        pattern: '^[A-Za-z0-9_][^\\s\\x00-\\x1f]*$',
        description:
          'Machine as ssh names it, `user@host` or a Host of its configuration. Its host key must be known and the login must need no answer.',
        examples: ['backup@db-1'],
      },
      options: {
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z]+=.+$' },
        minItems: 1,
        description: 'Settings of ssh for this connection, as its configuration spells them.',
        examples: [['Port=2222', 'IdentityFile=/etc/backup/id_ed25519']],
      },
      sudo: {
        type: 'string',
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$',
        description:
          'User as whom the tools run, by `sudo --non-interactive`: of this machine, or with `ssh` of that one.',
        examples: ['postgres'],
      },
    }),
    minProperties: 1,
    description:
      'Where the tools of this resource run: exactly one of docker, compose, kubernetes, ssh and sudo, or ssh with sudo. A shell named sh is needed there. Data is streamed; secrets go by stdin, never in a command line.',
    examples: [{ docker: 'shop-db' }, { ssh: 'backup@db-1', sudo: 'postgres' }],
  },
};

function compose(): Schema {
  return {
    ...closed(
      {
        service: name('Service with one running container.', 'db'),
        file: {
          type: 'string',
          minLength: 1,
          description: 'Compose file; a relative path starts at the folder of the plan.',
          examples: ['../compose.yaml'],
        },
        project: name('Project name, where it is not that of the folder.', 'shop'),
      },
      ['service'],
    ),
    description: 'A service of a compose project; tools run in it with `docker compose exec`.',
    examples: [{ service: 'db', file: '../compose.yaml' }],
  };
}

function kubernetes(): Schema {
  return {
    ...closed({
      namespace: name('Namespace; that of the current context where absent.', 'shop'),
      pod: name('Name of a pod.', 'postgres-0'),
      selector: {
        type: 'string',
        pattern: '^[A-Za-z0-9].*$',
        description: 'Label selector that means exactly one running pod, in place of its name.',
        examples: ['app=postgres,role=primary'],
      },
      container: name('Container of the pod, where it has several.', 'postgres'),
    }),
    oneOf: [{ required: ['pod'] }, { required: ['selector'] }],
    description: 'A pod; tools run in it with `kubectl exec`.',
    examples: [{ namespace: 'shop', pod: 'postgres-0' }, { selector: 'app=postgres' }],
  };
}

function name(description: string, example: string): Schema {
  return { type: 'string', pattern: NAME, description, examples: [example] };
}
