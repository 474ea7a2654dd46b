type Column = Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array | Float64Array;

/** A longer column with what the shorter one held: its first places; the others stay as they are in `into`. */
export function grown<C extends Column>(into: C, from: C): C {
  into.set(from);
  return into;
}
