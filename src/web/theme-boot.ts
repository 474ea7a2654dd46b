/* Runs before the first paint, so that a page kept dark doesn't flash white. */
import { applyTheme, savedTheme } from './theme.ts';

applyTheme(savedTheme());
