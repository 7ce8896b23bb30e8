// Why a genre: the heatmap, the marked words, and the influence of each input.

import { percent, signed } from "./numbers.js";

const $ = (id) => document.getElementById(id);
const LEVELS = 3; // of a word's strength, besides none

/** Show one of the explanations in a response. */
export function show(response, why) {
  $("why-title").textContent = `Why ${why.genre}?`;
  $("why-hint").hidden = true;
  $("why-body").hidden = false;
  for (const id of ["before", "after"]) $(id).disabled = false;
  const { poster, overview } = why.share;
  const largest = Math.max(Math.abs(poster), Math.abs(overview), 1);
  const titled = response.modalities.includes("title"); // read in place of an overview
  $("read-as").textContent = titled ? "title" : "overview";
  for (const [modality, change] of [["poster", poster], ["overview", overview]]) {
    const used = response.modalities.includes(modality) || (titled && modality === "overview");
    $(`share-${modality}`).style.setProperty("--change", used ? change / largest : 0);
    $(`change-${modality}`).textContent = used ? signed(change) : "not given";
  }
  $("verdict").textContent = verdict(why);
  showHeatmap(why.poster, why.genre);
  showWords(response.text, why.overview);
}

/** Show the film itself again. */
export function clear() {
  $("why-title").textContent = "Why?";
  $("why-hint").hidden = false;
  $("why-body").hidden = true;
  for (const id of ["before", "after"]) $(id).disabled = true;
  showHeatmap(null);
  showWords(null, null);
}

/** A summary for screen readers. */
export function summary(why) {
  const words = why.overview ? strongest(why.overview.words, 1) : [];
  const [poster, text] = [$("change-poster").textContent, $("change-overview").textContent];
  return [
    `${why.genre}: ${verdict(why)}`,
    `Change of the score: poster ${poster}, ${$("read-as").textContent} ${text}.`,
    words.length ? `Words: ${words.join(", ")}.` : "",
  ].join(" ");
}

function verdict(why) {
  const probability = percent(why.probability);
  const decision = why.decided ? "predicted" : "not predicted";
  return `${probability}: ${decision} (threshold ${percent(why.threshold)}). ${where(why.poster)}`;
}

function where(poster) {
  if (!poster) return "";
  if (poster.where === "nowhere") return "No part of the poster raises its score.";
  return `On the poster: ${poster.where}.`;
}

function showHeatmap(poster, genre) {
  $("heatmap").hidden = !poster;
  if (poster) {
    $("heatmap").src = poster.overlay;
    $("heatmap").alt = `The poster with its heatmap for ${genre}: ${poster.where}.`;
  }
}

function showWords(text, overview) {
  const shown = Boolean(text && overview);
  $("marked").hidden = $("edit").hidden = !shown;
  $("overview").classList.toggle("under", shown);
  $("overview").tabIndex = shown ? -1 : 0;
  $("overview").toggleAttribute("aria-hidden", shown);
  if (!shown) return;
  const letters = [...text]; // offsets are in code points
  const largest = Math.max(...overview.words.map((word) => Math.abs(word.score)), 1e-9);
  const parts = [];
  let at = 0;
  for (const word of overview.words) {
    parts.push(letters.slice(at, word.start).join(""));
    const level = Math.min(LEVELS, Math.floor(((LEVELS + 1) * Math.abs(word.score)) / largest));
    parts.push(level ? marked(word, level) : word.word);
    at = word.end;
  }
  $("marked").replaceChildren(...parts, letters.slice(at).join(""));
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
  const chosen = words.filter((word) => word.score * sign > 0);
  chosen.sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  return [...new Set(chosen.map((word) => word.word))].slice(0, 3);
}
