// Keeps the page as the server sees the pair, and presses buttons without
// leaving it. Without this script the page shows one moment and its buttons work.
const say = text => { document.getElementById('say').textContent = text }

const stream = new EventSource('/events')
stream.onopen = () => { document.getElementById('offline').hidden = true }
stream.onerror = () => { document.getElementById('offline').hidden = false }
stream.onmessage = message => {
  const next = JSON.parse(message.data)
  for (const [name, html] of Object.entries(next.fragments)) {
    document.querySelector(`[data-live="${name}"]`).innerHTML = html
  }
  for (const button of document.querySelectorAll('button[data-key]')) {
    button.setAttribute('aria-pressed', next.pressed.includes(button.dataset.key))
  }
  if (next.say) say(next.say)
}

document.addEventListener('submit', async event => {
  event.preventDefault()
  const body = new URLSearchParams(new FormData(event.target, event.submitter))
  const answer = await fetch('/act', { method: 'POST', body })
  if (!answer.ok) say(await answer.text())
})
