// The genres as bars: built once, then only their widths change, so that nothing jumps.

import { listed, percent } from "./numbers.js";

const list = document.getElementById("bars");
const answer = document.getElementById("answer");
const from = document.getElementById("from");
const section = document.getElementById("genres");
const blank = list.innerHTML;
let rows = new Map();

/** Show a prediction. `whole` is the one with both inputs, where this one is without an input. */
export function show(line, whole, onChoose) {
  const order = (whole ?? line).probabilities;
  const names = Object.keys(order).sort((a, b) => order[b] - order[a]);
  if (names.join() !== [...rows.keys()].join()) build(names, onChoose);
  list.classList.toggle("compared", Boolean(whole));
  for (const [name, row] of rows) {
    const [probability, threshold] = [line.probabilities[name], line.thresholds[name]];
    const decided = line.genres.includes(name);
    row.classList.toggle("decided", decided);
    row.style.setProperty("--p", probability);
    row.style.setProperty("--t", threshold);
    row.style.setProperty("--ghost", whole ? whole.probabilities[name] : 0);
    row.querySelector(".p").textContent = percent(probability);
    row.querySelector(".unseen").textContent =
      `, ${decided ? "decided" : "not decided"}, from ${percent(threshold)} on`;
  }
  answer.textContent = line.genres.length ? listed(line.genres) : "No genre is sure enough";
  from.textContent = said(line, whole);
}

/** Show nothing again. */
export function clear() {
  rows = new Map();
  list.innerHTML = blank;
  answer.textContent = "Its genres";
  from.textContent = "appear here, each with how likely it is and from where on it is decided.";
}

/** Mark the chosen genre, or none. */
export function mark(name) {
  for (const [genre, row] of rows) {
    row.firstElementChild.setAttribute("aria-pressed", genre === name);
  }
}

/** The genre so many places further down, round the end. */
export function neighbour(name, step) {
  const names = [...rows.keys()];
  return names[(names.indexOf(name) + step + names.length) % names.length];
}

/** Say that an answer is on its way, or has come. */
export function busy(yes) {
  section.setAttribute("aria-busy", yes);
}

function build(names, onChoose) {
  rows = new Map();
  list.replaceChildren(
    ...names.map((name) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.append(part("name", name), part("bar", ""), part("p", ""), part("unseen", ""));
      button.querySelector(".bar").append(document.createElement("i"), document.createElement("b"));
      button.addEventListener("click", () => onChoose(name));
      row.append(button);
      rows.set(name, row);
      return row;
    }),
  );
}

function part(kind, text) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  return span;
}

function said(line, whole) {
  const seen = line.modalities.map((modality) => `its ${modality}`);
  if (!whole) return `from ${listed(seen)}`;
  const same = [...line.genres].sort().join() === [...whole.genres].sort().join();
  return `from ${listed(seen)} alone: ${same ? "the same" : `with both, ${listed(whole.genres) || "none"}`}`;
}
