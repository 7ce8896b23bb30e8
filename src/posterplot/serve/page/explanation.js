// Why a genre: heat on the poster, words in the overview, what either input moved.

import { sentence } from "./request.js";
import { percent, signed } from "./numbers.js";

const $ = (id) => document.getElementById(id);
const LEVELS = 3; // of strength, beside a word that says little

/** Show why; `why` is one of the answer's explanations. */
export function show(answer, why) {
  $("why-title").textContent = `Why ${why.genre}?`;
  $("why-hint").hidden = true;
  $("why-body").hidden = false;
  for (const id of ["before", "after"]) $(id).disabled = false;
  const { poster, overview } = why.share;
  const most = Math.max(Math.abs(poster), Math.abs(overview), 1);
  const titled = answer.modalities.includes("title"); // it stands in the overview's place
  $("read-as").textContent = titled ? "title" : "overview";
  for (const [modality, moved] of [["poster", poster], ["overview", overview]]) {
    const seen = answer.modalities.includes(modality) || (titled && modality === "overview");
    $(`pull-${modality}`).style.setProperty("--moved", seen ? moved / most : 0);
    $(`pull-${modality}`).classList.toggle("against", moved < 0);
    $(`moved-${modality}`).textContent = seen ? signed(moved) : "not seen";
  }
  $("told").textContent = told(why);
  showHeat(why.poster, why.genre);
  showWords(answer.text, why.overview);
}

/** Show the film itself again. */
export function clear() {
  $("why-title").textContent = "Why?";
  $("why-hint").hidden = false;
  $("why-body").hidden = true;
  for (const id of ["before", "after"]) $(id).disabled = true;
  showHeat(null);
  showWords(null, null);
}

/** One sentence for those who do not see the page. */
export function spoken(why) {
  const most = why.overview ? strongest(why.overview.words, 1) : [];
  const read = $("read-as").textContent;
  return [
    `${why.genre}, ${percent(why.probability)}, ${why.decided ? "decided" : "not decided"}.`,
    `Poster ${signed(why.share.poster)}, ${read} ${signed(why.share.overview)} logits.`,
    why.poster ? `On the poster: ${why.poster.where}.` : "",
    most.length ? `Words: ${most.join(", ")}.` : "",
  ].join(" ");
}

function told(why) {
  const threshold = percent(why.threshold);
  const chance = percent(why.probability);
  const verdict = `${why.decided ? "decided" : "not decided"} (that takes ${threshold})`;
  const where = !why.poster
    ? ""
    : why.poster.where === "nowhere"
      ? "; nothing on the poster speaks for it"
      : `; on the poster, ${why.poster.where}`;
  return sentence(`${chance}: ${verdict}${where}`);
}

function showHeat(poster, genre) {
  $("heat").hidden = !poster;
  if (poster) {
    $("heat").src = poster.overlay;
    $("heat").alt = `The poster with its heat for ${genre}: ${poster.where}.`;
  }
}

function showWords(text, overview) {
  const reading = Boolean(text && overview);
  $("read").hidden = $("edit").hidden = !reading;
  $("overview").classList.toggle("under", reading);
  $("overview").tabIndex = reading ? -1 : 0;
  $("overview").toggleAttribute("aria-hidden", reading);
  if (!reading) return;
  const letters = [...text]; // spans count code points
  const largest = Math.max(...overview.words.map((word) => Math.abs(word.score)), 1e-9);
  const parts = [];
  let at = 0;
  for (const word of overview.words) {
    parts.push(letters.slice(at, word.start).join(""));
    const level = Math.min(LEVELS, Math.floor(((LEVELS + 1) * Math.abs(word.score)) / largest));
    parts.push(level ? marked(word, level) : word.word);
    at = word.end;
  }
  $("read").replaceChildren(...parts, letters.slice(at).join(""));
}

function marked(word, level) {
  const mark = document.createElement("mark");
  const side = word.score < 0 ? "a" : "f";
  mark.className = `${side} ${side}${level}`;
  mark.title = signed(word.score);
  mark.textContent = word.word;
  return mark;
}

function strongest(words, sign) {
  const spoken = words.filter((word) => word.score * sign > 0);
  spoken.sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  return [...new Set(spoken.map((word) => word.word))].slice(0, 3);
}
