export { errnoOf, failureFromErrno } from '../domain/errno.ts';
