/** For programs on Node: the environment, and the profile that `holdfast login` keeps. */
export { addressOf, type Connection, type ConnectOptions, connect } from './connect.ts';
export { type Profile, ProfileError, profilePath, profilePins, readProfile, writeProfile } from './profile.ts';
