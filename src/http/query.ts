import { HttpProblem } from './errors.ts';

/** Reads a whole number in min..max from the query; `fallback` when it is missing. Throws HttpProblem 400. */
export function integerIn(
  query: URLSearchParams,
  name: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = query.get(name);
  if (text === null) return range.fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < range.min || value > range.max) {
    throw invalid(`${name}: expected an integer from ${range.min} to ${range.max}.`);
  }
  return value;
}

/** Reads one of `choices` from the query; `fallback` when it is missing. Throws HttpProblem 400. */
export function choiceIn<const C extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly C[],
  fallback: NoInfer<C>,
): C {
  const text = query.get(name);
  if (text === null) return fallback;
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw invalid(`${name}: expected one of ${choices.join(', ')}.`);
  return choice;
}

/** Reads a text that must be there and not be empty. Throws HttpProblem 400. @param example what to write */
export function textIn(query: URLSearchParams, name: string, example: string): string {
  const text = query.get(name);
  if (text === null || text === '') throw invalid(`${name}: is missing, as in ${example}`);
  return text;
}

// What was given is not repeated: URLs in a query carry passkeys, and the API key may be there too.
function invalid(message: string): HttpProblem {
  return new HttpProblem(400, 'invalid_query', message);
}
