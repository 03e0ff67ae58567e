/** How much a state asks for: only what needs somebody stands out. */
export type Tone = 'quiet' | 'good' | 'warn' | 'bad' | 'accent';
