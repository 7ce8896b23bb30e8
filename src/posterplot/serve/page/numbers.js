// Numbers and lists as text.

/** A probability in whole per cent. Only 0 and 1 become 0 % and 100 %. */
export function percent(probability) {
  if (probability > 0 && probability < 0.01) return "< 1 %";
  if (probability < 1 && probability > 0.99) return "> 99 %";
  return `${Math.round(100 * probability)} %`;
}

/** A number with its sign. */
export function signed(number) {
  const text = Math.abs(number).toFixed(2);
  return (number < 0 ? "−" : "+") + text;
}

/** Names as a list in a sentence. */
export function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
