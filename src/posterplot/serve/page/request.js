// The service's two questions.

let token = "";

/** A call that was not answered: what is wrong, and how to fix it. */
export class Refused extends Error {}

/** Predict a film; returns its line of the answer. */
export async function predict(film, signal) {
  const answer = await post("/v1/predict", form(film), signal);
  return answer.films[0];
}

/** Explain one genre of a film. */
export function explain(film, genre, signal) {
  const body = form(film);
  body.append("genre", genre);
  return post("/v1/explain", body, signal);
}

function form(film) {
  const body = new FormData();
  if (film.title) body.append("title", film.title);
  if (film.overview) body.append("overview", film.overview);
  if (film.poster) body.append("poster", film.poster, "poster");
  return body;
}

async function post(path, body, signal) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let response;
  try {
    response = await fetch(path, { method: "POST", body, headers, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The service does not answer; is it still running?");
  }
  if (response.ok) return response.json();
  if (response.status === 401) {
    token = await tokenFromUser();
    return post(path, body, signal);
  }
  const problem = await response.json().catch(() => ({ detail: response.statusText, hint: "" }));
  throw new Refused(sentence(problem.detail) + (problem.hint ? " " + sentence(problem.hint) : ""));
}

/** Make what the service says a sentence. */
export function sentence(text) {
  return text ? text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "";
}

function tokenFromUser() {
  const dialog = document.getElementById("token-dialog");
  const field = document.getElementById("token");
  dialog.showModal();
  return new Promise((resolve) => {
    document.getElementById("token-form").onsubmit = (event) => {
      event.preventDefault();
      dialog.close();
      resolve(field.value);
      field.value = "";
    };
  });
}
