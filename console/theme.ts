import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/**
 * The one place for colours, radii, spacing and shadows. Every pair of text and ground has a contrast of at
 * least 4.5:1 in light and dark; tests/e2e checks that with axe on every page.
 */
const holdfast: MantineColorsTuple = [
  '#e6f3ef',
  '#cde7df',
  '#a3d3c5',
  '#74bda9',
  '#4aa78f',
  '#24917a',
  '#12806a',
  '#0b6b57',
  '#075140',
  '#053c30',
];

/** Ink and lines of the light scheme. */
const gray: MantineColorsTuple = [
  '#f6f8f7',
  '#eef1ef',
  '#e2e7e4',
  '#cfd7d3',
  '#b4beb9',
  '#7b8782',
  '#5a6762',
  '#46544f',
  '#2b3733',
  '#14201d',
];

/** Text (0) to deepest ground (9) of the dark scheme. */
const dark: MantineColorsTuple = [
  '#e0e8e4',
  '#c3cec9',
  '#a5b2ac',
  '#8b9993',
  '#34413c',
  '#2a3531',
  '#1e2825',
  '#141b19',
  '#0f1513',
  '#0a0f0d',
];

const red: MantineColorsTuple = [
  '#fdeceb',
  '#f8d3d1',
  '#f0a9a6',
  '#ee8b86',
  '#dd625d',
  '#cb4541',
  '#b82f2c',
  '#a32020',
  '#861818',
  '#641010',
];

const FIELD_WORDS = { fontSize: 'var(--mantine-font-size-xs)' };

export const theme = createTheme({
  primaryColor: 'holdfast',
  primaryShade: { light: 7, dark: 6 },
  colors: { holdfast, gray, dark, red },
  black: '#14201d',
  fontFamily: '"Inter Variable", "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono", "DejaVu Sans Mono", ui-monospace, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.5', xl: '1.5' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '10px', xl: '12px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '28px' },
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  shadows: {
    sm: '0 1px 2px rgba(12, 24, 20, 0.08)',
    md: '0 8px 24px rgba(12, 24, 20, 0.12)',
    xl: '0 18px 50px rgba(12, 24, 20, 0.28)',
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  // By name, not with Button.extend(…): that would put every one of them into the script that the first page
  // waits for.
  components: {
    Button: { defaultProps: { size: 'sm' }, styles: { root: { fontWeight: 600 } } },
    TextInput: { defaultProps: { size: 'sm' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    NativeSelect: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', checkIconPosition: 'right' } },
    // One size for all help and all messages beside fields. Those of a field are styled by its wrapper.
    InputWrapper: { styles: { description: FIELD_WORDS, error: FIELD_WORDS } },
    InputError: { styles: { error: FIELD_WORDS } },
    // Into a landmark of the page (index.html), where screen readers look for what opens.
    Portal: { defaultProps: { target: '#layers' } },
    Checkbox: { defaultProps: { size: 'sm' } },
    Combobox: { defaultProps: { shadow: 'md' } },
    Menu: { defaultProps: { shadow: 'md', radius: 'md' } },
    Modal: {
      defaultProps: {
        radius: 'xl',
        size: 540,
        shadow: 'xl',
        centered: true,
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: { 'aria-label': 'Close' },
        // Gone at once when closed: what it spoke of is no longer there to fade out.
        transitionProps: { duration: 120, exitDuration: 0 },
      },
      styles: {
        title: { fontSize: '1.0625rem', fontWeight: 650, letterSpacing: '-0.01em' },
        header: { minHeight: 52 },
        // Above an on-screen keyboard that is laid over the page; see ui/keyboard.ts.
        inner: { paddingBottom: 'calc(var(--modal-y-offset) + var(--holdfast-keyboard, 0px))' },
        content: { maxHeight: 'calc(100dvh - var(--modal-y-offset) * 2 - var(--holdfast-keyboard, 0px))' },
      },
    },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, events: { hover: true, focus: true, touch: true } } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--holdfast-nav': '#0f1f1b',
    '--holdfast-nav-on': '#1d3730',
    '--holdfast-nav-ink': '#cfdad6',
    '--holdfast-nav-quiet': '#8fa39c',
    '--holdfast-nav-mark': '#12806a',
    '--holdfast-mono': 'var(--mantine-font-family-monospace)',
  },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#5a6762',
    '--mantine-color-placeholder': '#6b7772',
    '--mantine-color-error': '#a32020',
    '--mantine-color-anchor': '#0b6b57',
    '--holdfast-ink': '#14201d',
    '--holdfast-line': '#e2e7e4',
    '--holdfast-line-quiet': '#eef1ef',
    '--holdfast-wash': '#f6f8f7',
    '--holdfast-accent-ink': '#075140',
    '--holdfast-accent-wash': '#e6f3ef',
    '--holdfast-accent-line': '#b6dcd0',
    '--holdfast-warn-ink': '#7d4b00',
    '--holdfast-warn-wash': '#fff3dc',
    '--holdfast-bad-ink': '#991c1c',
    '--holdfast-bad-wash': '#fdeceb',
    '--holdfast-good-ink': '#155c34',
    '--holdfast-good-wash': '#e7f4ec',
    '--holdfast-quiet-ink': '#46544f',
    '--holdfast-quiet-wash': '#eef2f0',
    '--holdfast-plot': '#0b6b57',
    '--holdfast-plot-bad': '#b82f2c',
  },
  dark: {
    '--mantine-color-body': '#141b19',
    '--mantine-color-dimmed': '#a5b2ac',
    '--mantine-color-placeholder': '#8b9993',
    '--mantine-color-error': '#f0a9a6',
    '--mantine-color-anchor': '#7fcab5',
    // Of buttons that are not the main one: Mantine's own are darker than the page.
    '--mantine-color-holdfast-light': '#15302a',
    '--mantine-color-holdfast-light-hover': '#1b3d35',
    '--mantine-color-holdfast-light-color': '#a3dccb',
    '--holdfast-ink': '#e0e8e4',
    '--holdfast-line': '#2d3935',
    '--holdfast-line-quiet': '#222c29',
    '--holdfast-wash': '#19211f',
    '--holdfast-accent-ink': '#a3dccb',
    '--holdfast-accent-wash': '#15302a',
    '--holdfast-accent-line': '#24564a',
    '--holdfast-warn-ink': '#f2c98a',
    '--holdfast-warn-wash': '#38290f',
    '--holdfast-bad-ink': '#f5b5b2',
    '--holdfast-bad-wash': '#3d1c1b',
    '--holdfast-good-ink': '#a5dcb9',
    '--holdfast-good-wash': '#16301f',
    '--holdfast-quiet-ink': '#c3cec9',
    '--holdfast-quiet-wash': '#26312d',
    '--holdfast-plot': '#4fb79d',
    '--holdfast-plot-bad': '#ee8b86',
  },
});
