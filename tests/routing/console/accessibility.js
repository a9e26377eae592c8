// What a screen reader or a thumb would stumble over, as a list of sentences. Empty is good.
() => {
  const wrong = [];
  const visible = (element) => element.checkVisibility({visibilityProperty: true});
  const name = (element) => (element.getAttribute("aria-label") || element.textContent || element.title || "").trim();
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  if (!/^(fr|en)$/.test(document.documentElement.lang)) wrong.push("html has no language");
  if (all("h1").length !== 1) wrong.push(`${all("h1").length} h1 headings`);
  if (all("main").length !== 1) wrong.push("not one main");
  if (!document.title.trim()) wrong.push("no title");
  const levels = all("h1,h2,h3,h4,h5,h6").map((heading) => Number(heading.tagName[1]));
  levels.reduce((before, level) => {
    if (level > before + 1) wrong.push(`heading level ${level} after ${before}`);
    return level;
  }, 0);
  for (const element of all("a[href], button, summary")) if (!name(element)) wrong.push(`no name: ${element.outerHTML}`);
  for (const element of all("input, select, textarea")) if (!element.labels.length) wrong.push(`no label: ${element.outerHTML}`);
  for (const element of all("img")) if (!element.hasAttribute("alt")) wrong.push("picture without alt");
  for (const element of all("nav, [role=group]")) if (!element.getAttribute("aria-label")) wrong.push("unnamed group");
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`id twice: ${id}`);
  for (const element of document.querySelectorAll("[tabindex]")) if (element.tabIndex > 0) wrong.push("forced tab order");
  for (const element of all("button, summary, .bar a")) {
    const box = element.getBoundingClientRect();
    if (box.height < 40) wrong.push(`too low for a thumb (${box.height}): ${name(element)}`);
  }
  for (const element of all("table")) if (!element.querySelector("th")) wrong.push("table without headings");
  for (const element of document.querySelectorAll("[lang]")) if (!/^(fr|en)$/.test(element.lang)) wrong.push("odd lang");
  return wrong;
}
