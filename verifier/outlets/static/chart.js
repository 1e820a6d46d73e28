/* Charts to point at and to zoom, in the place of those the server drew: same slots, same colours.
   Whatever goes wrong, the server's drawing stays. */
"use strict";

(() => {
  const HINT = "Point at the chart for its figures, drag to look closer, double-click to see all again.";
  const HEIGHT = 220;
  const EVIDENCE_HEIGHT = 110;
  const HOUR = 3600;
  const DAY = 86400;
  const YEAR = 365.25 * DAY;
  const ERRORS_SHOWN = 2;

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const seconds = (moment) => Date.parse(moment) / 1000;
  const percent = (fraction) => fraction * 100;

  const columns = (slots) => {
    // A slot is a level from its start to just before its end; one that was not measured is a gap.
    const points = slots.flatMap((slot) =>
      slot.ratio === null ? [[seconds(slot.start), slot]] : [[seconds(slot.start), slot], [seconds(slot.end) - 1, slot]],
    );
    const level = (sign) => ([, slot]) =>
      slot.ratio === null ? null : percent(Math.max(0, slot.ratio + sign * ERRORS_SHOWN * (slot.error || 0)));
    return [points.map(([at]) => at), points.map(level(0)), points.map(level(1)), points.map(level(-1))];
  };

  const hatched = (context) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = color("hatch-paper");
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = color("hatch");
    pen.lineWidth = 2;
    pen.beginPath();
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
    }
    pen.stroke();
    return context.createPattern(tile, "repeat");
  };

  const ground = (plot, { slots, problems }, allowed) => {
    const { ctx, bbox } = plot;
    const x = (at) => plot.valToPos(at, "x", true);
    const y = (value) => plot.valToPos(value, "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = color("problem");
    for (const { start, end } of problems) {
      ctx.fillRect(x(seconds(start)), bbox.top, x(seconds(end)) - x(seconds(start)), bbox.height);
    }
    ctx.fillStyle = hatched(ctx);
    for (const slot of slots) {
      if (slot.seen < 0.95) {
        const end = x(seconds(slot.end));
        const divide = x(seconds(slot.start) + slot.seen * (seconds(slot.end) - seconds(slot.start)));
        ctx.fillRect(divide, bbox.top, end - divide, bbox.height);
      }
    }
    if (allowed) {
      ctx.fillStyle = color("allowed");
      ctx.fillRect(bbox.left, y(100), bbox.width, y(percent(1 - allowed)) - y(100));
    }
    ctx.strokeStyle = color("promise");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y(100));
    ctx.lineTo(bbox.left + bbox.width, y(100));
    ctx.stroke();
    ctx.restore();
  };

  const saying = (zone, short) => {
    const day = { weekday: "short", day: "numeric", month: "short", timeZone: zone };
    const said = new Intl.DateTimeFormat("en-GB", short ? { ...day, hour: "2-digit", minute: "2-digit" } : day);
    return (slot) => {
      const error = slot.error === null ? "" : ` ± ${percent(slot.error).toFixed(1)}`;
      const delivered = slot.ratio === null ? "not measured" : `delivered ${percent(slot.ratio).toFixed(1)}${error} %`;
      return `${said.format(new Date(slot.start))}: ${delivered}, seen ${Math.floor(percent(slot.seen) + 1e-9)} %`;
    };
  };

  const draw = (figure, part, allowed, zone) => {
    const { slots } = part;
    const drawn = figure.querySelector(".axes");
    if (!slots.length) {
      return;
    }
    const short = part.step_seconds < 86400;
    const say = saying(zone, short);
    const format = short ? { weekday: "short", hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
    const ticks = new Intl.DateTimeFormat("en-GB", { ...format, timeZone: zone });
    const tick = (at) => ticks.format(new Date(at * 1000)).replace(",", "");
    const readout = document.createElement("p");
    readout.className = "readout";
    readout.textContent = HINT;
    const place = document.createElement("div");
    place.className = "interactive";
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", drawn.querySelector("svg").getAttribute("aria-label"));
    const width = drawn.clientWidth;
    const axis = {
      stroke: () => color("soft"),
      grid: { stroke: () => color("line"), width: 1 },
      ticks: { stroke: () => color("line"), width: 1 },
    };
    const edge = { points: { show: false }, stroke: "transparent", width: 0 };
    const top = Number(figure.dataset.top) * 100;
    const plot = new uPlot(
      {
        width,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
        legend: { show: false },
        cursor: { y: false, points: { show: false } },
        scales: { y: { range: [0, top] } },
        axes: [{ ...axis, space: 90, values: (_, found) => found.map(tick) }, { ...axis, size: 56, values: (_, found) => found.map((value) => `${value} %`) }],
        series: [
          {},
          { points: { show: false }, stroke: () => color("delivered"), width: 2 },
          edge,
          edge,
        ],
        bands: [{ series: [2, 3], fill: () => color("error") }],
        hooks: {
          drawAxes: [(one) => ground(one, part, allowed)],
          setCursor: [
            (one) => {
              const at = one.cursor.left < 0 ? null : one.posToVal(one.cursor.left, "x");
              const slot = at === null ? null : slots.find((each) => seconds(each.start) <= at && at < seconds(each.end));
              readout.textContent = slot ? say(slot) : HINT;
            },
          ],
        },
      },
      columns(slots),
      place,
    );
    drawn.hidden = true;
    drawn.after(place, readout);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw());
  };

  // Evidence for too little, on a logarithmic scale from an hour up, with the line that opens a problem.
  const drawEvidence = (figure, part, zone) => {
    const drawn = figure.querySelector(".axes");
    const place = document.createElement("div");
    place.className = "interactive";
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", drawn.querySelector("svg").getAttribute("aria-label"));
    const levels = part.slots.flatMap(({ start, end, evidence }) => {
      const level = evidence === null ? null : Math.max(HOUR, evidence);
      return [[seconds(start), level], [seconds(end) - 1, level]];
    });
    const top = part.line * 10;
    const say = (value) => (value < DAY ? `${value / HOUR} h` : value < YEAR ? `${Math.round(value / DAY)} d` : `${Math.round(value / YEAR)} y`);
    const plot = new uPlot(
      {
        width: drawn.clientWidth,
        height: EVIDENCE_HEIGHT,
        padding: [8, 26, 8, 0],
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { distr: 3, range: [HOUR, top] } },
        axes: [
          { show: false },
          { stroke: () => color("soft"), size: 56, grid: { show: false }, splits: () => [HOUR, DAY, part.line], filter: (_, found) => found, values: (_, found) => found.map(say) },
        ],
        series: [{}, { points: { show: false }, stroke: () => color("delivered"), fill: () => color("error"), width: 1 }],
        hooks: { drawAxes: [(one) => threshold(one, part)] },
      },
      [levels.map(([at]) => at), levels.map(([, level]) => level)],
      place,
    );
    drawn.hidden = true;
    drawn.after(place);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: EVIDENCE_HEIGHT })).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw());
  };

  const threshold = (plot, { line, problems }) => {
    const { ctx, bbox } = plot;
    const x = (at) => Math.max(bbox.left, plot.valToPos(seconds(at), "x", true));
    ctx.save();
    ctx.fillStyle = color("problem");
    for (const { start, end } of problems) {
      ctx.fillRect(x(start), bbox.top, x(end) - x(start), bbox.height);
    }
    ctx.strokeStyle = color("promise");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, plot.valToPos(line, "y", true));
    ctx.lineTo(bbox.left + bbox.width, plot.valToPos(line, "y", true));
    ctx.stroke();
    ctx.restore();
  };

  const start = async () => {
    const figures = [...document.querySelectorAll("figure[data-series]")];
    if (!figures.length) {
      return;
    }
    const answer = await fetch(figures[0].dataset.series);
    if (!answer.ok) {
      return;
    }
    const found = await answer.json();
    for (const figure of figures) {
      if (figure.dataset.kind === "evidence") {
        drawEvidence(figure, found[figure.dataset.part], found.time_zone);
        continue;
      }
      const days = figure.dataset.part === "days";
      draw(figure, found[figure.dataset.part], found.allowed, days ? "UTC" : found.time_zone);
    }
  };

  start().catch((error) => console.warn("the chart stays as it was drawn", error));
})();
