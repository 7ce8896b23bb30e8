// Sorts a table by the column whose head is pressed, and opens what is folded before printing.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rows = [...table.tBodies[0].rows];
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const figures = rows.some((row) => !isNaN(parseFloat(value(row))));
      // figures from the largest, words from A; a second press turns it round
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
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
