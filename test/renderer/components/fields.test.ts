import { screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../../app/domain/parameters.ts';
import OutputFields from '../../../renderer/components/OutputFields.svelte';
import ParameterFields from '../../../renderer/components/ParameterFields.svelte';
import Segments from '../../../renderer/components/Segments.svelte';
import Switch from '../../../renderer/components/Switch.svelte';
import { appState } from '../samples.ts';
import { show } from '../show.ts';

const { output } = appState().preferences;

describe('the parameters of a batch', () => {
  it('are handed on as a whole, each change by itself', async () => {
    const onchange = vi.fn();
    const user = show(ParameterFields, { value: DEFAULT_PARAMETERS, onchange });
    await user.click(screen.getByRole('radio', { name: '2 MP' }));
    expect(onchange).toHaveBeenLastCalledWith({ ...DEFAULT_PARAMETERS, resolution: '2MP' });
    await user.click(screen.getByRole('switch', { name: /Check results/ }));
    expect(onchange).toHaveBeenLastCalledWith({ ...DEFAULT_PARAMETERS, outputModeration: false });
    await user.click(screen.getByRole('button', { name: 'Another seed' }));
    expect(onchange.mock.lastCall?.[0]).toMatchObject({ seed: expect.any(Number) as number, steps: 30 });
  });

  it('are not handed on when they are out of range, and say so', async () => {
    const onchange = vi.fn();
    const user = show(ParameterFields, { value: DEFAULT_PARAMETERS, onchange });
    const steps = screen.getByRole('spinbutton', { name: 'Steps' });
    await user.clear(steps);
    await user.type(steps, '9');
    expect(steps).toBeInvalid();
    expect(steps).toHaveAccessibleDescription('Enter a whole number from 10 to 50.');
    expect(onchange).not.toHaveBeenCalled();
  });
});

describe('the output of a batch', () => {
  it('shows a name as it will be, and what is wrong with a template in its place', async () => {
    const onchange = vi.fn();
    const user = show(OutputFields, { value: output, parameters: DEFAULT_PARAMETERS, onchange });
    expect(screen.getByText('IMG_0421_enhanced.jpg')).toBeInTheDocument();
    const template = screen.getByRole('textbox', { name: 'Name of the results' });
    await user.clear(template);
    await user.type(template, 'all.{{ext}');
    expect(template).toHaveAccessibleDescription(/must hold \{name\}/);
    expect(screen.queryByText('IMG_0421_enhanced.jpg')).not.toBeInTheDocument();
    expect(onchange).not.toHaveBeenCalled();
    await user.tab(); // leaving the field does not hide what is wrong
    expect(template).toHaveValue('all.{ext}');
  });

  it('shows the name of the first photo where it is known', () => {
    show(OutputFields, {
      value: output,
      parameters: DEFAULT_PARAMETERS,
      example: 'DSC1_enhanced.png',
      onchange: vi.fn(),
    });
    expect(screen.getByText('DSC1_enhanced.png')).toBeInTheDocument();
  });

  it('puts a token into the name, before its extension', async () => {
    const onchange = vi.fn();
    const user = show(OutputFields, { value: output, parameters: DEFAULT_PARAMETERS, onchange });
    await user.click(screen.getByRole('button', { name: '{seed}' }));
    expect(onchange).toHaveBeenLastCalledWith({ ...output, template: '{name}_enhanced{seed}.{ext}' });
  });

  it('lets the user choose by keyboard what happens to a picture that is there', async () => {
    const onchange = vi.fn();
    const user = show(OutputFields, { value: output, parameters: DEFAULT_PARAMETERS, existing: 3, onchange });
    const policy = screen.getByRole('combobox', { name: 'When an enhanced picture is already there' });
    expect(policy).toHaveTextContent('Skip the photo');
    expect(policy).toHaveAccessibleDescription(/3 photos have one already\./);
    policy.focus();
    await user.keyboard('{Enter}');
    await user.keyboard('{ArrowDown}{Enter}');
    expect(onchange).toHaveBeenLastCalledWith({ ...output, onExists: 'number' });
  });

  it.each([
    [
      'number',
      false,
      /2 photos were enhanced with these very settings: sent again, they cost again and become the same/,
    ],
    ['overwrite', true, /2 photos were enhanced with these very settings: sent again, they become the same picture/],
  ] as const)('tells what would only be made once more (%s, practice: %s)', (onExists, practice, text) => {
    const given = { parameters: DEFAULT_PARAMETERS, existing: 3, identical: 2, practice, onchange: vi.fn() };
    show(OutputFields, { value: { ...output, onExists }, ...given });
    expect(screen.getByRole('status')).toHaveTextContent(text);
  });

  it('has nothing to tell of that when such photos are skipped', () => {
    show(OutputFields, { value: output, parameters: DEFAULT_PARAMETERS, existing: 3, identical: 2, onchange: vi.fn() });
    expect(screen.queryByRole('status')).not.toBeInTheDocument();
  });
});

describe('a control whose change was refused', () => {
  it('shows what holds good: the chosen segment stays chosen when it is pressed again', async () => {
    const onchange = vi.fn();
    const options = [
      { value: 'a', label: 'A' },
      { value: 'b', label: 'B' },
    ] as const;
    const user = show(Segments, { value: 'a', options, label: 'Letters', onchange });
    await user.click(screen.getByRole('radio', { name: 'A' }));
    expect(screen.getByRole('radio', { name: 'A' })).toBeChecked();
    expect(onchange).not.toHaveBeenCalled();
    await user.click(screen.getByRole('radio', { name: 'B' }));
    expect(onchange).toHaveBeenCalledWith('b');
    expect(screen.getByRole('radio', { name: 'A' })).toBeChecked();
  });

  it('shows what holds good: a switch stays as it is until its value changes', async () => {
    const onchange = vi.fn();
    const user = show(Switch, { checked: false, label: 'Sound', onchange });
    await user.click(screen.getByRole('switch', { name: 'Sound' }));
    expect(onchange).toHaveBeenCalledWith(true);
    expect(screen.getByRole('switch', { name: 'Sound' })).not.toBeChecked();
  });
});
