// What a place's own /bin/sh does with its files. Every name comes as an argument and is never part of a script. The first
// line of the output says `ok`, with facts, or `no`, with a code and what was said.
//
// Nothing here is a boundary: a script runs where commands run and can reach what they can. It holds the path rules, so that
// a link a program left leads no file call astray by accident.

/** What `stat` tells of a file. */
const FACTS_OF = '%f %i %s %Y %y'

/** What all scripts begin with. The first argument of each is the path. Variables of the place may have the names of ours. */
const HEAD = `
make=; linked=; slow=; old=; hops=0
set -f
umask 022
cd -P . && root=\${PWD%/}
no() { printf 'no %s %s\\n' "$1" "$2"; exit 0; }
below() { case $PWD/ in "$root"/*) ;; *) no permission_denied 'leads outside of the root' ;; esac; }
because() { # why a command failed, by what it said
  case $1 in
    *'No space left'* | *'quota exceeded'* | *'File too large'*) no no_space 'was not written: no space is left' ;;
    *'File name too long'*) no invalid_path 'is too long' ;;
    *) no permission_denied 'may not be used so' ;;
  esac
}
go() { # into the directories of a path, one by one; makes them when $make is set
  way=$1
  while [ -n "$way" ]; do
    part=\${way%%/*}
    case $way in */*) way=\${way#*/} ;; *) way= ;; esac
    [ -n "$part" ] || continue
    if [ ! -d "./$part" ]; then
      { [ -e "./$part" ] || [ -L "./$part" ]; } && no not_a_directory 'goes through something that is no directory'
      [ -n "$make" ] || no file_not_found 'is not there'
      said=$(mkdir "./$part" 2>&1) || [ -d "./$part" ] || because "$said"
    fi
    [ ! -L "./$part" ] || linked=1
    cd -P "./$part" 2>/dev/null || no permission_denied 'goes through a directory that may not be entered'
    below
  done
}
follow() { # the last part of a path, through links; ends in its directory, with its name in $name
  hops=0
  while [ -L "./$name" ]; do
    linked=1; hops=$((hops + 1)); [ "$hops" -le 40 ] || no invalid_path 'goes through links that lead in circles'
    target=$(readlink "./$name" && echo .) || no invalid_path 'goes through links that change'
    target=\${target%??}
    case $target in
      */*) into=\${target%/*}/; name=\${target##*/} ;;
      *) into=./; name=$target ;;
    esac
    case $into in /*) ;; *) into=./$into ;; esac
    case $name in '' | . | ..) into=$into$name; name=. ;; esac
    cd -P "$into" 2>/dev/null || no file_not_found 'is not there'
    below
  done
}
find_it() { # $1 is the path
  make=$2
  case $1 in */*) go "\${1%/*}"; name=\${1##*/} ;; '') name=. ;; *) name=$1 ;; esac
}
regular() {
  [ ! -d "./$name" ] || no is_directory 'is a directory'
  [ -e "./$name" ] || no file_not_found 'is not there'
  [ -f "./$name" ] || no not_a_file 'is no regular file'
}
facts() { stat -c '${FACTS_OF}' "$@" 2>/dev/null; }
answer() { stat -c 'ok ${FACTS_OF}' "$@" 2>/dev/null || echo ok; }
version() { [ $# -gt 6 ] && echo "$2-$3-$4.\${6##*.}"; }
`

/** Arguments: the path. */
export const STAT = `${HEAD}
find_it "$1"; follow
[ -e "./$name" ] || no file_not_found 'is not there'
[ -z "$linked" ] || linked=$PWD/$name
answer "./$name"
printf %s "\${linked#"$root"/}"
`

/**
 * Arguments: path, offset, length. The bytes come after the first line. What was opened is looked at again, since a program
 * may have put a link there in between.
 */
export const READ = `${HEAD}
find_it "$1"; follow; regular
[ -r "./$name" ] || no permission_denied 'may not be read'
exec 3<"./$name"
opened=/proc/self/fd/3 # of the shell, and of the program that gets the descriptor from it
if [ -e "$opened" ]; then
  [ ! -L "./$name" ] && [ "./$name" -ef "$opened" ] && [ ! -L "./$name" ] || no changed 'was exchanged while it was read'
  answer -L "$opened"
else
  answer "./$name"
fi
if [ "$2" = 0 ]; then exec head -c "$3" <&3; fi
tail -c "+$(($2 + 1))" <&3 | head -c "$3"
`

/**
 * Arguments: paths. The first line says how many of them are plain files, reached without links. Then come a line of facts
 * and a path with NUL for each of those, and an archive of them.
 */
export const READ_MANY = `${HEAD}
for at; do
  shift
  rest=$at; way=.
  while [ -n "$rest" ]; do
    way=$way/\${rest%%/*}
    [ -L "$way" ] && continue 2
    case $rest in */*) rest=\${rest#*/} ;; *) rest= ;; esac
  done
  [ -f "./$at" ] && [ -r "./$at" ] && set -- "$@" "./$at"
done
echo "ok $#"
[ $# -gt 0 ] || exit 0
stat -c '${FACTS_OF}' "$@" 2>/dev/null
for at; do printf '%s\\0' "$at"; done
exec tar -cf - "$@" 2>/dev/null
`

/**
 * Arguments: path, mode or nothing, the version it must have or nothing, a name for what is not whole yet, and the content
 * when it is short text; else the content is the input.
 */
export const WRITE = `${HEAD}
find_it "$1" make; follow
[ -e "./$name" ] || [ "$hops" = 0 ] || no file_not_found 'is a link that leads nowhere'
[ ! -e "./$name" ] || regular
if [ $# -lt 5 ]; then said=$({ cat >"./$4"; } 2>&1) || { rm -f "./$4"; because "$said"; }
elif ! printf %s "$5" 2>/dev/null >"./$4"; then said=$({ printf %s "$5" >"./$4"; } 2>&1) || { rm -f "./$4"; because "$said"; }
fi
# stat by itself below, and no substitution that is not needed: each costs a process more.
created=1; mode=$2
if [ -e "./$name" ]; then
  created=0
  both=$(stat -c '${FACTS_OF}' "./$name" "./$4" 2>/dev/null)
  old=\${both%%'
'*}; new=\${both#*'
'}
  bits=420 # 0644, which the new one has; a program may have removed the old one by now
  [ -z "$both" ] || bits=$((0x\${old%% *} & 0777))
  [ -n "$mode" ] || [ "$bits" -eq 420 ] || mode=$(printf %o "$bits")
else
  new=$(stat -c '${FACTS_OF}' "./$4" 2>/dev/null)
fi
[ -z "$3" ] || [ "$(version $old)" = "$3" ] || { rm -f "./$4"; no changed 'was changed'; }
[ -z "$mode" ] || chmod "$mode" "./$4"
mv -f "./$4" "./$name" 2>/dev/null || said=$(mv -f "./$4" "./$name" 2>&1) || { rm -f "./$4"; because "$said"; }
echo "ok $created $new"
`

/** Arguments: path, and whether a directory is removed with all it holds. */
export const REMOVE = `${HEAD}
find_it "$1"
[ -e "./$name" ] || [ -L "./$name" ] || no file_not_found 'is not there'
if [ -d "./$name" ] && [ ! -L "./$name" ]; then
  [ -n "$2" ] || no is_directory 'is a directory; remove it with recursive'
fi
said=$(rm -rf "./$name" 2>&1) || because "$said"
echo ok
`

/**
 * Arguments: path, depth or nothing, whether directories that start with a dot are entered. Each entry is its facts, its path
 * and NUL. GNU find knows them itself, and begins each with `.`; elsewhere `stat` is asked for one after the other.
 */
export const SCAN = `${HEAD}
find_it "$1"; follow
[ -e "./$name" ] || no file_not_found 'is not there'
[ -d "./$name" ] || no not_a_directory 'is no directory'
cd -P "./$name" 2>/dev/null || no permission_denied 'may not be read'
below
echo ok
hide='.?*'; [ -z "$3" ] || hide='.polyrun-*'
if find . -prune -printf '' 2>/dev/null; then
  exec find . -mindepth 1 \${2:+-maxdepth "$2"} -name '.polyrun-*' -prune -o \\
    -printf '.%y%m %i %s %T@ %P\\0' -type d -name "$hide" -prune 2>/dev/null
fi
[ -z "$2" ] || { set +f; set -- .* *; for at; do case $at in . | ..) ;; *) [ -e "$at" ] || [ -L "$at" ] && printf '%s %s\\0' "$(stat -c '${FACTS_OF}' "./$at")" "$at" ;; esac; done; exit; }
exec find . ! -name . -name '.polyrun-*' -prune -o ! -name . -exec /bin/sh -c '
  for at; do printf "%s %s\\0" "$(stat -c "${FACTS_OF}" "$at")" "\${at#./}"; done
' scan {} + -type d -name "$hide" -prune 2>/dev/null
`

/** Arguments: permission bits or nothing, and paths. The facts of each come in a line; of one that is gone an empty line. */
export const FACTS = `${HEAD}
mode=$1; shift
[ -z "$mode" ] || chmod "$mode" "$@" 2>/dev/null
echo ok
for at; do [ -e "$at" ] || { slow=1; break; }; done
if [ -z "$slow" ]; then stat -c '${FACTS_OF}' "$@" 2>/dev/null
else for at; do echo "$(facts "$at")"; done; fi
`
