// Sorts tables, opens and closes sections, and marks tables that are wider than the page.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rows = [...table.tBodies[0].rows];
      const text = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const value = (row) => text(row).replace(/^−/, "-"); // a minus that can be parsed
      const figures = rows.some((row) => !isNaN(parseFloat(value(row))));
      // numbers start with the largest, words with A; a second click reverses the order
      const before = head.getAttribute("aria-sort");
      const up = before ? before === "descending" : !figures;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.sort((a, b) => {
        if (!figures) return (up ? 1 : -1) * value(a).localeCompare(value(b));
        const [x, y] = [parseFloat(value(a)), parseFloat(value(b))];
        if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y); // a dash is always last
        return up ? x - y : y - x;
      });
      table.tBodies[0].append(...rows);
    });
  });
}
const folded = [...document.querySelectorAll("details.section")];
const openAll = document.getElementById("open-all");
openAll.hidden = false;
openAll.addEventListener("click", () => {
  const open = folded.some((section) => !section.open);
  for (const section of folded) section.open = open;
});
const boxes = [...document.querySelectorAll(".box")];
const measure = () => {
  for (const box of boxes) box.classList.toggle("scrolls", box.scrollWidth > box.clientWidth + 1);
  openAll.textContent = folded.every((section) => section.open) ? "Close all sections" : "Open all sections";
};
document.addEventListener("toggle", measure, true);
addEventListener("resize", measure);
const openTarget = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) target.open = true;
};
addEventListener("hashchange", openTarget);
openTarget();
measure();
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
