"use strict";
// Zooms the inner svg of each lane by its viewBox, and draws the axis for what is shown.
for (const source of document.querySelectorAll(".source")) {
  const axis = source.querySelector(".axis");
  const plots = [...source.querySelectorAll(".plot")];
  if (!axis || !plots.length) continue;
  const all = { start: Number(axis.dataset.start), length: Number(axis.dataset.length) };
  const view = { ...all };
  const left = Number(plots[0].getAttribute("x"));
  const width = Number(plots[0].getAttribute("width"));
  const y = Number(axis.querySelector("text").getAttribute("y"));

  const show = () => {
    view.length = Math.min(all.length, Math.max(view.length, all.length / 1e6));
    view.start = Math.min(all.start + all.length - view.length, Math.max(view.start, all.start));
    for (const plot of plots) {
      const height = plot.getAttribute("height");
      plot.setAttribute("viewBox", `${view.start - all.start} 0 ${view.length} ${height}`);
    }
    const least = view.length / 10;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((found) => found >= least);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    const ticks = [];
    for (let at = Math.ceil(view.start / step); at * step <= view.start + view.length; at++) {
      const x = left + ((at * step - view.start) / view.length) * width;
      ticks.push(`<path d="M${x} ${y + 4}v5"/><text x="${x}" y="${y}">${(at * step).toFixed(digits)} s</text>`);
    }
    axis.innerHTML = ticks.join("");
  };
  const zoom = (factor, at) => {
    view.start = at - (at - view.start) * factor;
    view.length *= factor;
    show();
  };
  const middle = () => view.start + view.length / 2;
  const timeAt = (event) => {
    const box = plots[0].getBoundingClientRect();
    return view.start + ((event.clientX - box.left) / box.width) * view.length;
  };

  source.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, timeAt(event));
  }, { passive: false });
  let dragged = null;
  source.addEventListener("pointerdown", (event) => { dragged = timeAt(event); });
  addEventListener("pointerup", () => { dragged = null; });
  source.addEventListener("pointermove", (event) => {
    const time = timeAt(event);
    if (dragged !== null) { view.start += dragged - time; show(); }
    document.getElementById("time").textContent = `${timeAt(event).toFixed(6)} s`;
  });
  addEventListener("keydown", (event) => {
    const quarter = view.length / 4;
    if (event.key === "+" || event.key === "=") zoom(0.5, middle());
    else if (event.key === "-") zoom(2, middle());
    else if (event.key === "ArrowLeft") { view.start -= quarter; show(); }
    else if (event.key === "ArrowRight") { view.start += quarter; show(); }
    else if (event.key === "0") { Object.assign(view, all); show(); }
  });
}
