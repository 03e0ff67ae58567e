/** In a file of its own, so that a bundler gives it a chunk that only browsers without Ed25519 load. */
export { ed25519 } from '@noble/curves/ed25519.js';
