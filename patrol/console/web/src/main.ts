import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { takeToken } from './state/session.svelte.ts';

// Before anything else: the token must not stay in the address bar.
const token = takeToken();
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target, props: { token } });
