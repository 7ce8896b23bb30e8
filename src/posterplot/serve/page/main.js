// The page: a film, what the model sees of it, the genre that was chosen.

import * as ask from "./request.js";
import * as genres from "./genres.js";
import * as taking from "./upload.js";
import * as why from "./explanation.js";
import { listed } from "./numbers.js";

const $ = (id) => document.getElementById(id);
const reads = document.body.dataset.reads.split(" ");
const maxPoster = Number(document.body.dataset.maxPoster);
const views = [...document.querySelectorAll(".views button")];
const PAUSE = 600; // ms after the last letter

let poster = null; // a Blob
let hidden = ""; // the input that the model is not shown
let lines = {}; // hidden input -> prediction of the film as it is now
let chosen = null; // genre
let told = new Map(); // hidden input and genre -> explanation
let underway = null;
let timer = 0;

function film(without = hidden) {
  return {
    title: $("title").value.trim(),
    overview: without === "overview" ? "" : $("overview").value.trim(),
    poster: without === "poster" ? null : poster,
  };
}

const whole = () => film("");
const hasBoth = () => reads.length === 2 && Boolean(poster) && Boolean($("overview").value.trim());

// --- the film

function setPoster(blob) {
  if (blob && !reads.includes("poster")) return complain("This model reads overviews alone.");
  if (blob && blob.size > maxPoster) return complain("The poster's file is too large.");
  poster = blob;
  if ($("shown").src) URL.revokeObjectURL($("shown").src);
  $("shown").hidden = $("remove").hidden = !blob;
  if (blob) {
    $("shown").src = URL.createObjectURL(blob);
    $("shown").alt = "The poster that you gave.";
  } else {
    $("shown").removeAttribute("src");
    $("poster").value = "";
  }
  changed();
  predictNow();
}

/** The film is another now: what was said of it holds no more. */
function changed() {
  underway?.abort();
  lines = {};
  told = new Map();
  hidden = "";
  choose(null);
  complain("");
  lock();
  $("clear").hidden = !poster && !$("overview").value && !$("title").value;
}

function predictSoon() {
  changed();
  clearTimeout(timer);
  timer = setTimeout(predictNow, PAUSE);
}

async function predictNow() {
  clearTimeout(timer);
  if (!whole().poster && !whole().overview) return reset();
  await work(async (signal) => {
    lines[""] = await ask.predict(whole(), signal);
    render();
    const line = lines[""];
    $("said").textContent = `${line.genres.length ? listed(line.genres) : "No genre is sure enough"}.`;
    if (line.problem) complain(ask.sentence(line.problem));
    if (chosen) await tell(chosen, signal);
  }, reset);
}

/** Run a task that calls the service, and abort the one before it. On failure, show the message. */
async function work(task, onFailure) {
  underway?.abort();
  const mine = (underway = new AbortController());
  genres.busy(true);
  complain("");
  try {
    await task(mine.signal);
  } catch (error) {
    if (mine.signal.aborted) return;
    onFailure();
    if (!(error instanceof ask.Refused)) {
      complain("Something went wrong on this page. Reload it.");
      throw error;
    }
    complain(error.message);
  } finally {
    if (underway === mine) genres.busy(false);
  }
}

function render() {
  const line = lines[hidden];
  genres.show(line, hidden ? lines[""] : null, choose);
  document.body.dataset.hidden = hidden;
  for (const view of views) {
    view.disabled = view.dataset.hide !== "" && !hasBoth();
    view.setAttribute("aria-pressed", view.dataset.hide === hidden);
  }
  for (const id of ["copy-json", "copy-nfo"]) $(id).disabled = false;
}

function reset() {
  lines = {};
  hidden = "";
  choose(null);
  genres.clear();
  lock();
}

/** Nothing is known of the film: there is nothing to compare or to copy. */
function lock() {
  document.body.dataset.hidden = "";
  for (const view of views) {
    view.disabled = true;
    view.setAttribute("aria-pressed", view.dataset.hide === "");
  }
  for (const id of ["copy-json", "copy-nfo"]) $(id).disabled = true;
  $("copied").textContent = "";
}

function complain(text) {
  $("fault").textContent = text;
}

// --- without one of its inputs

async function see(without) {
  await work(async (signal) => {
    lines[without] ??= await ask.predict(film(without), signal);
    hidden = without; // only now: if the call fails, the view stays as it was
    render();
    const names = lines[without].genres;
    $("said").textContent = `${names.length ? listed(names) : "No genre is sure enough"}, ${$("from").textContent}.`;
    if (chosen) await tell(chosen, signal);
  }, () => choose(null));
}

// --- why

function choose(genre) {
  chosen = genre === chosen ? null : genre;
  genres.mark(chosen);
  if (!chosen) return why.clear();
  // if the film has no prediction yet, predictNow shows the explanation
  if (lines[hidden]) return work((signal) => tell(chosen, signal), () => choose(null));
}

async function tell(genre, signal) {
  const key = `${hidden}/${genre}`;
  if (!told.has(key)) told.set(key, await ask.explain(film(), genre, signal));
  const answer = told.get(key);
  why.show(answer, answer.explanations[0]);
  $("said").textContent = why.spoken(answer.explanations[0]);
  const top = $("film").getBoundingClientRect().top;
  if (top < 0 && matchMedia("(max-width: 60rem)").matches) $("film").scrollIntoView();
}

function turn(step) {
  if (chosen) choose(genres.neighbour(chosen, step));
}

// --- what people do

$("film").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!whole().poster && !whole().overview) complain("Give a poster or an overview first.");
  else predictNow();
});
$("poster").addEventListener("change", () => $("poster").files[0] && setPoster($("poster").files[0]));
$("remove").addEventListener("click", () => {
  setPoster(null);
  $("poster").focus();
});
for (const id of ["title", "overview"]) $(id).addEventListener("input", predictSoon);
$("clear").addEventListener("click", () => {
  $("title").value = $("overview").value = "";
  setPoster(null);
  $("title").focus();
});
$("edit").addEventListener("click", () => {
  choose(null);
  $("overview").focus();
});
$("before").addEventListener("click", () => turn(-1));
$("after").addEventListener("click", () => turn(1));
for (const view of views) view.addEventListener("click", () => see(view.dataset.hide));
for (const sample of document.querySelectorAll(".sample")) {
  sample.addEventListener("click", async () => {
    $("title").value = sample.dataset.title;
    $("overview").value = reads.includes("overview") ? sample.dataset.overview : "";
    if (!reads.includes("poster")) return predictSoon();
    try {
      setPoster(await ask.fetchImage(sample.dataset.poster));
    } catch (error) {
      complain(error.message);
    }
  });
}
$("copy-json").addEventListener("click", async () => {
  $("copied").textContent = await taking.take(taking.json(lines[hidden]), "JSON", "genres.json");
});
$("copy-nfo").addEventListener("click", async () => {
  $("copied").textContent = await taking.take(taking.nfo(lines[hidden], whole()), "NFO", "movie.nfo");
});
$("about-open").addEventListener("click", () => $("about").showModal());
$("about-close").addEventListener("click", () => $("about").close());
$("about").addEventListener("click", (event) => event.target === $("about") && $("about").close());

addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (!file) return;
  event.preventDefault();
  setPoster(file);
});
let depth = 0; // of elements that something is dragged over
const drag = (by) => (event) => {
  event.preventDefault();
  depth = Math.max(0, depth + by);
  document.body.classList.toggle("dragging", depth > 0);
};
addEventListener("dragenter", drag(1));
addEventListener("dragleave", drag(-1));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dragging");
  const file = event.dataTransfer.files[0];
  if (file) setPoster(file);
  else complain("Drop the poster's file itself: save it from the page where you found it.");
});
