import { DockerCodeExecutor } from './src/executors/docker/index.ts'
const e = new DockerCodeExecutor({ docker: { socketPath: '/run/devdocker/docker.sock' }, timeoutMs: 20000, concurrency: 1 })
await e.start()
const K = `import os, signal, sys, time
def everybody():
  return [int(name) for name in os.listdir('/proc') if name.isdigit() and int(name) != os.getpid()]
def is_ours(pid):
  try: return f'Uid:\\t{os.getuid()}\\t' in open(f'/proc/{pid}/status').read()
  except OSError: return False
print([pid for pid in everybody() if pid != os.getppid() and is_ours(pid)], os.getppid(), os.getpid(), flush=True)
[killer] = [pid for pid in everybody() if pid != os.getppid() and is_ours(pid)]
os.kill(killer, signal.SIGKILL)
while os.path.exists(f'/proc/{killer}'): time.sleep(0.01)
print(1, flush=True)
`
console.log((await e.executeCode(`import threading
for n in range(400): threading.Thread(target=int).start()
${K}`, 'python')))
console.log((await e.executeCode(`import threading
${K}
last = 0
def note():
  global last
  last = threading.get_native_id()
t=time.time()
n=0
while not killer - 50 < last < killer:
  thread = threading.Thread(target=note)
  thread.start()
  thread.join()
  n+=1
  if n%4000==0: print(n, last, time.time()-t, flush=True)
`, 'python')))
await e.stop()
