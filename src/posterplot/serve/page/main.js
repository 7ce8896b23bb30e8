// The page: the film, its prediction with and without an input, and the chosen genre.

import * as api from "./api.js";
import * as clipboard from "./copy.js";
import * as explanation from "./explanation.js";
import * as genres from "./genres.js";
import { listed } from "./numbers.js";

const $ = (id) => document.getElementById(id);
const modalities = document.body.dataset.modalities.split(" "); // that the model reads
const maxPoster = Number(document.body.dataset.maxPoster);
const views = [...document.querySelectorAll(".views button")];
const PAUSE = 600; // ms between the last keystroke and the prediction
const NARROW = matchMedia("(max-width: 60rem)"); // one column: the result lies below the film

let poster = null; // a Blob
let hidden = ""; // the input that is left out
let predictions = {}; // hidden input -> prediction of the film
let chosen = null; // genre
let explanations = new Map(); // hidden input and genre -> response
let pending = null; // AbortController of the current call
let timer = 0;
let choices = 0; // of films and posters, also of samples whose poster is still to come

function film(without = hidden) {
  return {
    title: $("title").value.trim(),
    overview: without === "overview" ? "" : $("overview").value.trim(),
    poster: without === "poster" ? null : poster,
  };
}

const fullFilm = () => film("");
const hasBoth = () => modalities.length === 2 && Boolean(poster) && Boolean($("overview").value.trim());

// --- the film

function setPoster(blob) {
  choices += 1;
  // otherwise the file that was chosen before could not be chosen again
  if (blob !== $("poster").files[0] || blob?.size > maxPoster) $("poster").value = "";
  if (blob && !modalities.includes("poster")) return complain("This model reads overviews only.");
  if (blob && blob.size > maxPoster) return complain("The poster file is too large.");
  poster = blob;
  if ($("shown").src) URL.revokeObjectURL($("shown").src);
  $("shown").hidden = $("remove").hidden = !blob;
  if (blob) {
    $("shown").src = URL.createObjectURL(blob);
    $("shown").alt = "Your poster";
  } else {
    $("shown").removeAttribute("src");
  }
  changed();
  predictNow();
}

/** The film has changed: forget its predictions and explanations. */
function changed() {
  pending?.abort();
  predictions = {};
  explanations = new Map();
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

async function predictNow({ scroll = false } = {}) {
  clearTimeout(timer);
  if (!fullFilm().poster && !fullFilm().overview) return reset();
  await call(async (signal) => {
    predictions[""] = await api.predict(fullFilm(), signal);
    render();
    const line = predictions[""];
    $("announcement").textContent = `${genres.genreNames(line)}.`;
    if (line.problem) complain(api.sentence(line.problem));
    if (scroll && NARROW.matches) $("genres").scrollIntoView();
    if (chosen) await explain(chosen, signal);
  }, reset);
}

/** Run a task that calls the API, and abort the one before it. On failure, show the message. */
async function call(task, onFailure) {
  pending?.abort();
  const mine = (pending = new AbortController());
  genres.busy(true);
  complain("");
  try {
    await task(mine.signal);
  } catch (error) {
    if (mine.signal.aborted) return;
    onFailure();
    if (!(error instanceof api.CallError)) {
      complain("Something went wrong on this page. Reload it.");
      throw error;
    }
    complain(error.message);
    if (NARROW.matches) $("error").scrollIntoView({ block: "nearest" });
  } finally {
    if (pending === mine) genres.busy(false);
  }
}

function render() {
  const full = predictions[""];
  genres.show(predictions[hidden], hidden ? full : null, choose);
  views[0].textContent = listed(full.modalities);
  document.body.dataset.hidden = hidden;
  for (const view of views) {
    view.disabled = view.dataset.hide !== "" && !hasBoth();
    view.setAttribute("aria-pressed", view.dataset.hide === hidden);
  }
  for (const id of ["copy-json", "copy-nfo"]) $(id).disabled = false;
}

function reset() {
  predictions = {};
  hidden = "";
  choose(null);
  genres.clear();
  lock();
}

/** There is no prediction: nothing to compare or to copy. */
function lock() {
  views[0].textContent = listed(modalities);
  document.body.dataset.hidden = "";
  for (const view of views) {
    view.disabled = true;
    view.setAttribute("aria-pressed", view.dataset.hide === "");
  }
  for (const id of ["copy-json", "copy-nfo"]) $(id).disabled = true;
  $("copied").textContent = "";
}

function complain(text) {
  $("error").textContent = text;
}

// --- without one of its inputs

async function showWithout(without) {
  await call(async (signal) => {
    predictions[without] ??= await api.predict(film(without), signal);
    hidden = without; // only now: if the call fails, the view stays as it was
    render();
    $("announcement").textContent = `${genres.genreNames(predictions[without])}. ${$("from").textContent}`;
    if (chosen) await explain(chosen, signal);
  }, () => choose(null));
}

// --- why

function choose(genre) {
  chosen = genre === chosen ? null : genre;
  genres.mark(chosen);
  if (!chosen) return explanation.clear();
  // If the film has no prediction yet, predictNow shows the explanation.
  if (predictions[hidden]) return call((signal) => explain(chosen, signal), () => choose(null));
}

async function explain(genre, signal) {
  const key = `${hidden}/${genre}`;
  if (!explanations.has(key)) explanations.set(key, await api.explain(film(), genre, signal));
  const response = explanations.get(key);
  explanation.show(response, response.explanations[0]);
  $("announcement").textContent = explanation.summary(response.explanations[0]);
  if (NARROW.matches && $("film").getBoundingClientRect().top < 0) $("film").scrollIntoView();
}

function turn(step) {
  if (chosen) choose(genres.neighbour(chosen, step));
}

// --- events

$("film").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!fullFilm().poster && !fullFilm().overview) complain("Add a poster or an overview first.");
  else predictNow({ scroll: true });
});
$("poster").addEventListener("change", () => $("poster").files[0] && setPoster($("poster").files[0]));
$("shown").addEventListener("error", () => {
  $("shown").alt = "Your poster, which this browser cannot show.";
});
$("remove").addEventListener("click", () => {
  setPoster(null);
  $("poster").focus();
});
for (const id of ["title", "overview"]) {
  $(id).addEventListener("input", () => {
    choices += 1;
    predictSoon();
  });
}
// When a browser returns to this page, it may restore the fields.
addEventListener("pageshow", () => !predictions[""] && ($("overview").value || $("title").value) && predictSoon());
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
for (const view of views) view.addEventListener("click", () => showWithout(view.dataset.hide));
for (const sample of document.querySelectorAll(".sample")) {
  sample.addEventListener("click", async () => {
    const mine = (choices += 1);
    let image = null;
    try {
      if (modalities.includes("poster")) image = await api.fetchImage(sample.dataset.poster);
    } catch (error) {
      if (choices === mine) complain(error.message);
      return;
    }
    if (choices !== mine) return;
    $("title").value = sample.dataset.title;
    $("overview").value = modalities.includes("overview") ? sample.dataset.overview : "";
    setPoster(image);
  });
}
$("copy-json").addEventListener("click", async () => {
  $("copied").textContent = await clipboard.copy(clipboard.json(predictions[hidden]), "JSON", "genres.json");
});
// An NFO describes the film, so it has the genres from all inputs, whichever view is open.
$("copy-nfo").addEventListener("click", async () => {
  $("copied").textContent = await clipboard.copy(clipboard.nfo(predictions[""], fullFilm()), "NFO", "movie.nfo");
});
$("about-open").addEventListener("click", () => $("about").showModal());
$("about-close").addEventListener("click", () => $("about").close());
$("about").addEventListener("click", (event) => event.target === $("about") && $("about").close());

const TEXT_FIELDS = "textarea, input:not([type=file])";

addEventListener("paste", (event) => {
  // word processors put a picture of a text beside the text
  if (event.target.matches?.(TEXT_FIELDS) && event.clipboardData.types.includes("text/plain")) return;
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (!file) return;
  event.preventDefault();
  setPoster(file);
});
/** Whether a file is dragged, or something of another page. Texts are left to the browser. */
function isOurs(event) {
  const { types } = event.dataTransfer;
  return types.includes("Files") || (types.includes("text/uri-list") && !event.target.matches?.(TEXT_FIELDS));
}
let depth = 0; // of nested elements under the dragged file
const drag = (by) => (event) => {
  if (!isOurs(event)) return;
  event.preventDefault();
  depth = Math.max(0, depth + by);
  document.body.classList.toggle("dragging", depth > 0);
};
addEventListener("dragenter", drag(1));
addEventListener("dragleave", drag(-1));
addEventListener("dragover", (event) => isOurs(event) && event.preventDefault());
addEventListener("drop", (event) => {
  if (!isOurs(event)) return;
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dragging");
  const file = event.dataTransfer.files[0];
  if (file) setPoster(file);
  else complain("Drop an image file. Save the poster from the web page first.");
});
