/** GetRandomPassword. */

import { randomInt } from "node:crypto";
import { invalidParameter } from "./errors.ts";
import { flag, type Input, integer, text } from "./input.ts";

const LOWERCASE = "abcdefghijklmnopqrstuvwxyz";
const UPPERCASE = LOWERCASE.toUpperCase();
const NUMBERS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** Makes a password under all the exclusions that the service knows. */
export function getRandomPassword(input: Input): { RandomPassword: string } {
  const length = integer(input, "PasswordLength") ?? 32;
  if (length < 1 || length > 4096) {
    throw invalidParameter("The PasswordLength value must be between 1 and 4096 (inclusive).");
  }
  const excluded = text(input, "ExcludeCharacters") ?? "";
  const types = [
    flag(input, "ExcludeLowercase", false) ? "" : LOWERCASE,
    flag(input, "ExcludeUppercase", false) ? "" : UPPERCASE,
    flag(input, "ExcludeNumbers", false) ? "" : NUMBERS,
    flag(input, "ExcludePunctuation", false) ? "" : PUNCTUATION,
    flag(input, "IncludeSpace", false) ? " " : "",
  ]
    .map((type) => [...type].filter((character) => !excluded.includes(character)))
    .filter((type) => type.length > 0);
  if (types.length === 0) {
    throw invalidParameter("There are no characters left for the password: too many are excluded.");
  }
  const required = flag(input, "RequireEachIncludedType", true) ? types : [];
  if (length < required.length) {
    throw invalidParameter(
      "The PasswordLength value is too small to include every required character type.",
    );
  }
  const everything = types.flat();
  const characters = Array.from({ length }, (_, index) => pick(required[index] ?? everything));
  return { RandomPassword: shuffle(characters).join("") };
}

function pick(characters: readonly string[]): string {
  return characters[randomInt(characters.length)]!;
}

/** Fisher-Yates, so that the required types do not always stand first. */
function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other]!, characters[last]!];
  }
  return characters;
}
