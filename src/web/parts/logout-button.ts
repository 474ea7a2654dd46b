import { type Api, messageOf } from '../api.ts';
import { h, setAttribute } from '../dom.ts';
import { icon } from './icon.ts';

export interface LogoutButton {
  readonly element: HTMLElement;
  /** Asks by what right the page is allowed in: on this machine there is no login to end. */
  update(): Promise<void>;
}

export function logoutButton(api: Api, onProblem: (message: string) => void): LogoutButton {
  const end = async () => {
    try {
      await api.post('/logout');
      location.reload();
    } catch (error) {
      onProblem(messageOf(error));
    }
  };
  const element = h(
    'button',
    {
      class: 'button ghost logout',
      type: 'button',
      title: 'Log out',
      'aria-label': 'Log out',
      hidden: true,
      onclick: () => void end(),
    },
    icon('logout'),
  );
  return {
    element,
    async update() {
      const session = await api.get<{ granted_by: string }>('/session').catch(() => null);
      setAttribute(element, 'hidden', session?.granted_by !== 'session');
    },
  };
}
