// Copies of a prediction: as JSON, and as NFO, which media centres read.

/** A prediction as JSON. */
export function json(line) {
  return JSON.stringify(line, null, 1) + "\n";
}

/** The predicted genres as an NFO of a movie. */
export function nfo(line, film) {
  const parts = [
    ["title", film.title],
    ["plot", film.overview],
    ...line.genres.map((genre) => ["genre", genre]),
  ];
  const lines = parts.filter(([, text]) => text).map(([tag, text]) => `  <${tag}>${escaped(text)}</${tag}>`);
  return ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', "<movie>", ...lines, "</movie>", ""].join("\n");
}

/** Copy a text, or save it as a file if the browser has no clipboard. Returns a message. */
export async function copy(text, label, name) {
  try {
    await navigator.clipboard.writeText(text);
    return `${label} copied.`;
  } catch {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    return `Saved as ${name}.`;
  }
}

function escaped(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  // XML allows no control characters
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "").replace(/[&<>]/g, (c) => entities[c]);
}
