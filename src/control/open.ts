/** The same, to be filled in: thousands are brought up to date in place in each cycle, where new ones would be garbage. */
export type Open<T> = { -readonly [Field in keyof T]: T[Field] };
