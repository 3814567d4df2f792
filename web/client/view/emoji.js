// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file The emoji that can be picked; all others can be typed or pasted. The names stand in the catalogue as `emoji_…`.
 */

/** @type {readonly (readonly [string, string])[]} */
export const EMOJI = [
  ['😀', 'grin'], ['😄', 'smile'], ['😁', 'beam'], ['😂', 'joy'], ['🤣', 'rofl'], ['😊', 'blush'], ['😉', 'wink'], ['😍', 'heart_eyes'],
  ['😘', 'kiss'], ['😋', 'yum'], ['😎', 'cool'], ['🤔', 'think'], ['🤨', 'doubt'], ['😐', 'neutral'], ['🙄', 'eye_roll'], ['😴', 'sleep'],
  ['😢', 'cry'], ['😭', 'sob'], ['😠', 'angry'], ['😱', 'scream'], ['😅', 'sweat'], ['😇', 'angel'], ['🤯', 'mind_blown'], ['🥳', 'party_face'],
  ['🤗', 'hug'], ['🫠', 'melt'], ['🥺', 'plead'], ['😬', 'grimace'], ['👍', 'thumbs_up'], ['👎', 'thumbs_down'], ['👏', 'clap'], ['🙏', 'thanks'],
  ['💪', 'strong'], ['👋', 'wave'], ['👌', 'ok'], ['✌️', 'victory'], ['🤞', 'fingers'], ['👀', 'eyes'], ['🙈', 'monkey'], ['🐘', 'elephant'],
  ['🐈', 'cat'], ['🐕', 'dog'], ['🌈', 'rainbow'], ['☀️', 'sun'], ['🌙', 'moon'], ['⭐', 'star'], ['🔥', 'fire'], ['✨', 'sparkles'],
  ['❤️', 'heart'], ['💜', 'purple_heart'], ['💔', 'broken_heart'], ['🎉', 'party'], ['🎂', 'cake'], ['☕', 'coffee'], ['🍕', 'pizza'], ['🎵', 'music'],
];

/** How many stand in a row. */
export const COLUMNS = 8;
