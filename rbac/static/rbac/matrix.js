// Comforts of the matrix: finding a permission, and seeing what is changed and not saved.
const matrix = document.getElementById("matrix");
const filter = document.getElementById("permission-filter");
const told = document.getElementById("matrix-changes");

function show() {
    const wanted = filter.value.trim().toLowerCase();
    for (const group of matrix.querySelectorAll("tbody")) {
        const [title, ...rows] = group.rows;
        const whole = title.textContent.toLowerCase().includes(wanted);
        for (const row of rows) {
            row.hidden = !whole && !row.cells[0].textContent.toLowerCase().includes(wanted);
        }
        group.hidden = rows.every((row) => row.hidden);
    }
}

function mark() {
    let count = 0;
    for (const select of matrix.querySelectorAll("select")) {
        const changed = !select.options[select.selectedIndex].defaultSelected;
        select.classList.toggle("pm-changed", changed);
        count += changed;
    }
    if (told) {
        told.value = count ? `${count} changed, not saved yet` : "";
    }
}

filter.parentElement.hidden = false;
filter.addEventListener("input", show);
matrix.addEventListener("change", mark);
