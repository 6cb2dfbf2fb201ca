// Mounts the window's page on the bridge that the preload gives it.
import '@fontsource-variable/inter/wght.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { Client } from './bridge.ts';
import { AppStore } from './state/app.svelte.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the app');
const store = new AppStore(new Client(window.lightbatch));
mount(App, { target, props: { store } });
void store.open();
