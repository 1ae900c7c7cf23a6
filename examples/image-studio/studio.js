// The work that costs money. A real studio would call a model here; this one draws.

const MAX_PROMPT = 200;

export function checkPrompt(prompt) {
  return typeof prompt === 'string' && prompt.trim().length > 0 && prompt.length <= MAX_PROMPT ? undefined : `prompt must be text of 1 to ${MAX_PROMPT} characters`;
}

/** An SVG picture of the prompt. A prompt with "fail" in it fails, to show that failed work costs nothing. */
export async function draw(prompt) {
  if (/\bfail\b/i.test(prompt)) {
    throw new Error('the model failed');
  }
  const shapes = [...prompt].map((letter, i) => {
    const n = letter.codePointAt(0) * 7919 + i * 104729;
    return `<circle cx="${n % 256}" cy="${(n >> 3) % 256}" r="${8 + (n % 40)}" fill="hsl(${n % 360} 70% 60% / .6)"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256"><title>${escape(prompt)}</title>${shapes.join('')}</svg>`;
}

export const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
