/** `sex F, age 40–59`: a group of patients by its attributes; a value that names its attribute stands alone. */
export const groupName = (attributes: readonly string[], values: readonly string[]): string =>
  attributes
    .map((name, i) => (values[i].startsWith(name) ? values[i] : `${name} ${values[i]}`))
    .join(', ');
