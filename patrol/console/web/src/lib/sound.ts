/** One soft sound for an arrival, made on the spot: two sine tones, a fifth apart, under half a second. */

let context: AudioContext | null = null;

/** Browsers let a page sound only after a key or a click on it: called on the first one. */
export function allowSound(): void {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
}

const TONES: readonly (readonly [hertz: number, after: number])[] = [
  [523.25, 0],
  [783.99, 0.14],
];
const LOUDNESS = 0.12;
const FADE_S = 0.32;

export function chime(): void {
  if (!context || context.state !== 'running') return;
  for (const [hertz, after] of TONES) tone(context, hertz, context.currentTime + after);
}

function tone(audio: AudioContext, hertz: number, at: number): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(LOUDNESS, at + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + FADE_S);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + FADE_S);
}
