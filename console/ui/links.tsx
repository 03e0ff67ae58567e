import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { type ComponentPropsWithoutRef, forwardRef } from 'react';

/**
 * Mantine's link and button that lead to another page of the console: `<TextLink
 * to="/organizations/$organization/runs" params={…}>`.
 */

type TextProps = Omit<AnchorProps, 'href'> & Omit<ComponentPropsWithoutRef<'a'>, keyof AnchorProps>;
export const TextLink = createLink(
  forwardRef<HTMLAnchorElement, TextProps>(function TextAnchor(props, ref) {
    return <Anchor ref={ref} {...props} />;
  }),
);

type LinkButtonProps = Omit<ButtonProps, 'href'> & Omit<ComponentPropsWithoutRef<'a'>, keyof ButtonProps>;
export const LinkButton = createLink(
  forwardRef<HTMLAnchorElement, LinkButtonProps>(function AnchorButton(props, ref) {
    return <Button component="a" ref={ref} {...props} />;
  }),
);
