import { SegmentedControl, useMantineColorScheme } from '@mantine/core';

const CHOICES = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label="Colour scheme"
      data={CHOICES}
      value={colorScheme}
      onChange={(choice) => setColorScheme(choice === 'light' || choice === 'dark' ? choice : 'auto')}
    />
  );
}
