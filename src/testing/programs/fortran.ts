import type { LittlePrograms } from '../little-programs.ts'

export const fortran: LittlePrograms = {
  hello: {
    source: `program hello
  implicit none
  print '(a)', 'hello'
end program hello
`,
  },
  echo: {
    source: `program echo
  implicit none
  character(len=4096) :: line
  integer :: length, status
  do
    read (*, '(a)', advance='no', size=length, iostat=status) line
    write (*, '(a)', advance='no') line(:length)
    if (is_iostat_end(status)) exit
    if (is_iostat_eor(status)) write (*, *)
  end do
end program echo
`,
  },
  args: {
    source: `program arguments
  implicit none
  integer :: index, length
  character(len=:), allocatable :: argument
  do index = 1, command_argument_count()
    call get_command_argument(index, length=length)
    allocate (character(len=length) :: argument)
    call get_command_argument(index, argument)
    print '(a)', argument
    deallocate (argument)
  end do
end program arguments
`,
  },
  exit3: {
    source: `program leaving
  implicit none
  print '(a)', 'leaving'
  call exit(3)
end program leaving
`,
  },
  twoFiles: {
    source: {
      'main.f90': `program main
  use helper, only: answer
  implicit none
  print '(i0)', answer()
end program main
`,
      'helper.f90': `module helper
  implicit none
contains
  integer function answer()
    answer = 42
  end function answer
end module helper
`,
    },
  },
  broken: {
    source: `program broken
  implicit none
  word = 1
end program broken
`,
    phase: 'compile',
  },
  unicode: {
    source: `program unicode
  implicit none
  print '(a)', 'héllo wörld ✓ 世界 😀'
end program unicode
`,
  },
}
