#!/bin/bash
# Shows that the image keeps its promises, in the place where programs run: no network, nothing to write to but two
# directories. Each language adds 40 and 2 and says so. Prints the languages that did, then ok.

set -u
[ "$(id -u):$(id -g)" = 10001:10001 ] || { echo "runs as $(id)" >&2; exit 1; }
(: > /usr/file) 2> /dev/null && { echo 'the system can be written to' >&2; exit 1; }
setsid true && ps -e > /dev/null || exit 1
cd /workspace || exit 1

failures=0
passed=

# language, file, command; the program comes on standard input. A command that fails, or prints something else, is a failure.
try() {
  rm -rf /workspace/job && mkdir /workspace/job && cd /workspace/job || exit 1
  cat > "$2"
  if output=$(eval "$3" 2>&1) && [ "$output" = 42 ]; then
    passed="$passed $1"
  else
    failures=$((failures + 1))
    printf '%s says:\n%s\n' "$1" "$output" >&2
  fi
}

try python main.py 'python3 main.py' <<< 'print(40 + 2)'
try javascript main.js 'node main.js' <<< 'console.log(40 + 2)'
try typescript main.ts 'tsx main.ts' <<< 'enum A { B = 40 }; const c: number = 2; console.log(A.B + c)'
try bash main.sh 'bash main.sh' <<< 'echo $((40 + 2))'
try sh main.sh 'sh main.sh' <<< 'echo $((40 + 2))'
try zsh main.zsh 'zsh main.zsh' <<< 'echo $((40 + 2))'
try ruby main.rb 'ruby main.rb' <<< 'puts 40 + 2'
try perl main.pl 'perl main.pl' <<< 'use strict; use JSON::PP; print decode_json("[40]")->[0] + 2, "\n"'
try php main.php 'php main.php' <<< '<?php echo json_decode("[40]")[0] + 2, "\n";'
try lua main.lua 'lua5.4 main.lua' <<< 'print(40 + 2)'
try r main.R 'Rscript main.R' <<< 'cat(40 + 2, "\n", sep = "")'
try go main.go 'go build -o main main.go && ./main' <<< 'package main
import "fmt"
func main() { fmt.Println(40 + 2) }'
try rust main.rs 'rustc -O main.rs && ./main' <<< 'fn main() { println!("{}", 40 + 2); }'
try java Main.java 'javac Main.java && java Main' <<< 'class Main { public static void main(String[] a) { System.out.println(40 + 2); } }'
# Its launcher gives the compiler options that this Java only warns about.
try kotlin main.kt 'kotlinc -nowarn -J-XX:-PrintWarnings -include-runtime -d main.jar main.kt && java -cp main.jar MainKt' <<< 'fun main() { println(40 + 2) }'
try scala Main.scala 'scalac Main.scala && scala Main' <<< 'object Main extends App { println(40 + 2) }'
try groovy main.groovy 'groovy main.groovy' <<< 'println 40 + 2'
try clojure main.clj 'clojure main.clj' <<< '(println (+ 40 2))'
try c main.c 'gcc -O2 -o main main.c -lm && ./main' <<< '#include <stdio.h>
int main(void) { printf("%d\n", 40 + 2); }'
try cpp main.cpp 'g++ -std=c++20 -O2 -o main main.cpp && ./main' <<< '#include <iostream>
int main() { std::cout << 40 + 2 << std::endl; }'
try csharp main.cs 'mcs -out:main.exe main.cs && mono main.exe' <<< 'class A { static void Main() { System.Console.WriteLine(40 + 2); } }'
try fortran main.f90 'gfortran -o main main.f90 && ./main' <<< 'print "(i0)", 40 + 2
end'
try pascal main.pas 'fpc -l- -v0ew -omain main.pas && ./main' <<< 'begin writeln(40 + 2) end.'
try haskell main.hs 'ghc -v0 main.hs && ./main' <<< 'main = print (40 + 2)'
try ocaml main.ml 'ocamlopt -o main main.ml && ./main' <<< 'let () = print_int (40 + 2)'
try erlang main.escript 'escript main.escript' <<< '#!/usr/bin/env escript
main(_) -> io:format("~p~n", [40 + 2]).'
try elixir main.exs 'elixir main.exs' <<< 'IO.puts(40 + 2)'
try racket main.rkt 'racket main.rkt' <<< '#lang racket
(displayln (+ 40 2))'
try scheme main.scm 'guile --no-auto-compile -s main.scm' <<< '(display (+ 40 2))'
try commonlisp main.lisp 'sbcl --script main.lisp' <<< '(format t "~a~%" (+ 40 2))'
try octave main.m 'octave-cli --quiet --no-history main.m' <<< 'printf("%d\n", 40 + 2)'
try awk main.awk 'gawk -f main.awk' <<< 'BEGIN { print 40 + 2 }'
try tcl main.tcl 'tclsh main.tcl' <<< 'puts [expr {40 + 2}]'
try d main.d 'ldc2 -of=main main.d && ./main' <<< 'import std.stdio; void main() { writeln(40 + 2); }'
try sql main.sql 'sqlite3 -batch -bail :memory: ".read main.sql"' <<< 'select 40 + 2;'
try prolog main.pl 'swipl -g "X is 40 + 2, print(X), nl" -t halt main.pl' <<< ':- true.'

echo "$passed"
[ "$failures" = 0 ] && echo ok
