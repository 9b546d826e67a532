// Bad input is the user's to mend: one clear line that names the file, the field and the cure.

/** Something the user gave is wrong. The command line prints the message alone and exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
