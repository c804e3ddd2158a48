module lift
  use iso_c_binding
  implicit none
  real(c_double), save :: kept = 0
contains
  ! A panel without any extent has no lift: info tells.
  subroutine panel_lift(n, x, y, alpha, cl, info) bind(C)
    integer(c_int), value :: n
    real(c_double), intent(in) :: x(n), y(n)
    real(c_double), value :: alpha
    real(c_double), intent(out) :: cl
    integer(c_int), intent(out) :: info
    cl = sum(x * y) * alpha
    info = merge(1, 0, all(x == 0))
  end subroutine

  real(c_double) function total(x) bind(C)
    real(c_double), value :: x
    kept = kept + x
    total = kept
  end function
end module

subroutine oldlft(n, x, y, alpha, cl)
  integer n
  double precision x(n), y(n), alpha, cl
  cl = dot_product(x, y) * alpha
end subroutine

subroutine times(m, n, a, v, w)
  integer m, n
  double precision a(m, n), v(n), w(m)
  w = matmul(a, v)
end subroutine
