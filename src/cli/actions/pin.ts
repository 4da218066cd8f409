import { pin } from '../../commands/pin.ts';
import type { Action } from '../action.ts';
import type { PinOptions } from '../definitions/pin.ts';
import { eachProtection } from '../protection.ts';

export const run: Action<PinOptions> = ([reference = ''], options, io) =>
  eachProtection(io, { options, reference }, ({ ports, workspace }, own) =>
    pin(ports, workspace, {
      action: 'pin',
      reference: own,
      ...(options.until === undefined ? {} : { untilMs: options.until }),
    }),
  );
