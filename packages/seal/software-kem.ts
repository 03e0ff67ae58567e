/** In a file of its own, so that a bundler gives it a chunk that only browsers without ML-KEM load. */
export { KEM_MLKEM768_X25519 } from '@panva/hpke-noble';
