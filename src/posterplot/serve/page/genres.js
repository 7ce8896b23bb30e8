// The genres as bars. They are built once; later only their widths change, so nothing jumps.

import { listed, percent } from "./numbers.js";

const list = document.getElementById("bars");
const headline = document.getElementById("headline");
const from = document.getElementById("from");
const section = document.getElementById("genres");
const blank = list.innerHTML;
let rows = new Map();

/** Show a prediction. `full` is the prediction from all inputs, if this one leaves one out. */
export function show(line, full, onChoose) {
  const order = (full ?? line).probabilities;
  const names = Object.keys(order).sort((a, b) => order[b] - order[a]);
  if (names.join() !== [...rows.keys()].join()) build(names, onChoose);
  list.classList.toggle("compared", Boolean(full));
  for (const [name, row] of rows) {
    const [probability, threshold] = [line.probabilities[name], line.thresholds[name]];
    const decided = line.genres.includes(name);
    row.classList.toggle("decided", decided);
    row.style.setProperty("--p", probability);
    row.style.setProperty("--t", threshold);
    row.style.setProperty("--ghost", full ? full.probabilities[name] : 0);
    row.querySelector(".p").textContent = percent(probability);
    row.querySelector(".unseen").textContent =
      `, ${decided ? "predicted" : "not predicted"}, threshold ${percent(threshold)}`;
  }
  headline.textContent = genreNames(line);
  from.textContent = source(line, full);
}

/** The predicted genres as text. */
export function genreNames(line) {
  return line.genres.length ? listed(line.genres) : "No genre above its threshold";
}

/** Show no prediction. */
export function clear() {
  rows = new Map();
  list.innerHTML = blank;
  headline.textContent = "Genres";
  from.textContent = "The probability of each genre and its threshold appear here.";
}

/** Mark the chosen genre, or none. */
export function mark(name) {
  for (const [genre, row] of rows) {
    row.firstElementChild.setAttribute("aria-pressed", genre === name);
  }
}

/** The genre `step` places further down; after the last comes the first. */
export function neighbour(name, step) {
  const names = [...rows.keys()];
  return names[(names.indexOf(name) + step + names.length) % names.length];
}

/** Mark the section as loading, or as loaded. */
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

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

/** Sentences about how far the genres can be trusted. */
function trust(line) {
  const sentences = [];
  if (line.familiar === false) {
    sentences.push("This film is unlike those that the model was measured on: trust the genres less.");
  }
  if (line.guarantee) sentences.push(`${line.guarantee[0].toUpperCase()}${line.guarantee.slice(1)}.`);
  return sentences;
}

function source(line, full) {
  const inputs = `From ${listed(line.modalities.map((modality) => `its ${modality}`))}`;
  if (!full) return [`${inputs}.`, ...trust(line)].join(" ");
  const same = [...line.genres].sort().join() === [...full.genres].sort().join();
  return `${inputs} only. ${same ? "Same genres with all inputs." : `With all inputs: ${listed(full.genres) || "none"}.`}`;
}
