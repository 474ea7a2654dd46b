export interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}
export const ALLOWED: ReadonlySet<string>;
export function packageFolders(inputs: readonly string[]): string[];
export function licenceOf(folder: string): Promise<Licence>;
export function licencesText(inputs: readonly string[]): Promise<string>;
