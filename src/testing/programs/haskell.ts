import type { LittlePrograms } from '../little-programs.ts'

export const haskell: LittlePrograms = {
  hello: {
    source: `main :: IO ()
main = putStrLn "hello"
`,
  },
  echo: {
    source: `main :: IO ()
main = interact id
`,
  },
  args: {
    source: `import System.Environment (getArgs)

main :: IO ()
main = getArgs >>= mapM_ putStrLn
`,
  },
  exit3: {
    source: `import System.Exit

main :: IO ()
main = putStrLn "leaving" >> exitWith (ExitFailure 3)
`,
  },
  twoFiles: {
    source: {
      'main.hs': `import Data.Helper (answer)

main :: IO ()
main = print answer
`,
      'Data/Helper.hs': `module Data.Helper (answer) where

answer :: Int
answer = 42
`,
    },
  },
  broken: {
    source: `main :: IO ()
main = putStrLn 42
`,
    phase: 'compile',
  },
  unicode: {
    source: `main :: IO ()
main = putStrLn "héllo wörld ✓ 世界 😀"
`,
  },
}
