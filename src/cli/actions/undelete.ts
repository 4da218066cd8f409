import { undelete } from '../../commands/undelete.ts';
import type { Action } from '../action.ts';
import type { PinOptions } from '../definitions/pin.ts';
import { eachProtection } from '../protection.ts';

export const run: Action<PinOptions> = ([reference = ''], options, io) =>
  eachProtection(io, { options, reference }, ({ ports, workspace }, own) => undelete(ports, workspace, own));
