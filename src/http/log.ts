/** The levels that HTTP writes at; a pino logger fits. Fields come first, as in pino. */
export interface HttpLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
