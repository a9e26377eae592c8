// Every visible text of the page with the contrast between it and what it stands on, by the WCAG 2 formula.
() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let node = element; node; node = node.parentElement) layers.push(parse(getComputedStyle(node).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const style = getComputedStyle(element);
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, noscript")) continue;
    const box = element.getBoundingClientRect();
    if (box.right < 0) continue; // the skip link, until it has the focus
    const under = ground(element);
    const text = over(parse(style.color), under);
    const [light, dark] = [luminance(text), luminance(under)].sort((a, b) => b - a);
    found.push({text: walker.currentNode.textContent.trim().slice(0, 40), ratio: (light + 0.05) / (dark + 0.05),
      large: parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700)});
  }
  return found;
}
