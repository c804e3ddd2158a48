# Finds what is new in the second of two pictures of the same field of sky.
#
#   awk -f newstar.awk -v threshold=8 -v fwhm=2.5 -v gain=4 first.pgm second.pgm
#
# The pictures are plain PGM (P2) of the same size. Sky level and brightness of the first are matched to the second, the
# difference is searched with a Gaussian of the width of a star, and every peak above the threshold is measured.
# Writes newstar.cat (x y flux sigma), difference.pgm and newstar.svg. POSIX awk: mawk, gawk and busybox will do.
# Pixel coordinates count from 1; x runs to the right, y downwards.

BEGIN {
  if (threshold == "") threshold = 8
  if (fwhm == "") fwhm = 2.5
  if (gain == "") gain = 4
  steps = 6
}

FNR == 1 { epoch++; tokens = 0 }

{
  sub(/#.*/, "")
  for (f = 1; f <= NF; f++) {
    tokens++
    if (tokens == 1) { if ($f != "P2") fail(4, "picture " epoch " is no plain PGM: it begins with \"" substr($f, 1, 10) "\", not with P2") }
    else if ($f !~ /^[0-9]+$/) fail(4, "picture " epoch " holds \"" substr($f, 1, 10) "\", which is no number")
    else if (tokens == 2) width[epoch] = $f + 0
    else if (tokens == 3) height[epoch] = $f + 0
    else if (tokens == 4) white[epoch] = $f + 0
    else raw[epoch, tokens - 5] = $f + 0
  }
  count[epoch] = tokens - 4
}

END {
  if (failed) exit failed
  check()
  W = width[1]; H = height[1]; N = W * H

  step(1, "measuring the sky of both pictures")
  sky(1); sky(2)

  step(2, "matching their brightness")
  mask()
  match_scale()

  step(3, "subtracting")
  subtract()

  step(4, "searching the difference")
  search()

  step(5, "measuring what is new")
  measure()

  step(6, "drawing")
  write_catalogue()
  write_difference()
  draw()

  printf "sky of the first picture: %.2f +- %.2f\n", level[1], noise[1]
  printf "sky of the second picture: %.2f +- %.2f\n", level[2], noise[2]
  printf "brightness of the second over the first: %.4f\n", scale
  printf "noise of the difference: %.2f\n", noise["d"]
  printf "new sources: %d\n", found
  for (i = 1; i <= found; i++)
    printf "source %d: x %.2f y %.2f flux %.0f significance %.1f\n", i, sx[i], sy[i], sf[i], ss[i]
}

function fail(code, text) {
  failed = code
  say("cat 1>&2", "error: " text)
  exit code
}

function warn(text) { say("cat 1>&2", "warning: " text) }

# Through a command, because not every awk knows /dev/stderr, and some would empty the file behind it.
function say(command, text) {
  print text | command
  close(command)
}

function step(n, text) {
  printf "step %d of %d: %s\n", n, steps, text
  fflush()
}

function check(    e) {
  if (epoch != 2) fail(4, "two pictures are wanted, and " (epoch + 0) " were given")
  for (e = 1; e <= 2 && !failed; e++) {
    if (width[e] < 16 || height[e] < 16 || width[e] > 1024 || height[e] > 1024)
      fail(4, "picture " e " has " (width[e] + 0) " x " (height[e] + 0) " pixels; 16 to 1024 each way are taken")
    else if (count[e] != width[e] * height[e])
      fail(4, "picture " e " should hold " width[e] * height[e] " pixels and holds " count[e])
  }
  if (failed) exit failed
  if (width[1] != width[2] || height[1] != height[2])
    fail(3, "the pictures differ in size: " width[1] " x " height[1] " and " width[2] " x " height[2] " pixels")
  if (failed) exit failed
}

# Level and noise of the sky: mean and deviation of all pixels, stars clipped away.
function sky(e,    i, n, sum, square, v, low, high, round) {
  low = -1; high = white[e] + 1
  for (round = 1; round <= 8; round++) {
    n = sum = square = 0
    for (i = 0; i < N; i++) {
      v = raw[e, i]
      if (v > low && v < high) { n++; sum += v; square += v * v }
    }
    if (n < 2) break
    level[e] = sum / n
    noise[e] = root(max(square / n - level[e] * level[e], 0))
    low = level[e] - 2.5 * noise[e]; high = level[e] + 2.5 * noise[e]
  }
  # What clipping at 2.5 deviations takes from the deviation of pure noise.
  noise[e] = max(noise[e] * 1.05, 0.3)
}

# Saturated pixels, and their neighbours, tell nothing.
function mask(    e, i, x, y, dx, dy, n, k) {
  for (e = 1; e <= 2; e++) {
    n = 0
    for (i = 0; i < N; i++) {
      if (raw[e, i] < white[e]) continue
      n++
      x = i % W; y = int(i / W)
      for (dy = -1; dy <= 1; dy++) for (dx = -1; dx <= 1; dx++) {
        k = (y + dy) * W + x + dx
        if (x + dx >= 0 && x + dx < W && y + dy >= 0 && y + dy < H) bad[k] = 1
      }
    }
    if (n > 0) warn(n " pixel" (n == 1 ? " is" : "s are") " saturated in the " (e == 1 ? "first" : "second") " picture; nothing can be found there")
  }
}

# The ratio of the light of the stars that both pictures have; what does not follow is left out in the next round.
function match_scale(    i, a, b, aa, bb, round, limit, n) {
  scale = 1
  for (round = 1; round <= 5; round++) {
    aa = bb = n = 0
    for (i = 0; i < N; i++) {
      if (i in bad) continue
      a = raw[1, i] - level[1]; b = raw[2, i] - level[2]
      # Chosen by both: choosing by one of them would favour its noise.
      if (a + b / scale < 8 * (noise[1] + noise[2])) continue
      limit = 5 * root(noise[1] * noise[1] + noise[2] * noise[2] + max(a, 0) / gain)
      if (round > 1 && abs(b - scale * a) > limit + 0.1 * abs(a)) continue
      aa += a; bb += b; n++
    }
    if (n < 10 || aa <= 0 || bb <= 0) { warn("too few stars to match the brightness; 1 is taken"); scale = 1; return }
    scale = bb / aa
  }
  if (scale > 1.25 || scale < 0.8) warn(sprintf("the second picture is %.2f times as bright as the first", scale))
}

function subtract(    i, a, n, sum, square, low, high, round) {
  for (i = 0; i < N; i++) {
    a = raw[1, i] - level[1]
    diff[i] = (i in bad) ? 0 : raw[2, i] - level[2] - scale * a
  }
  low = -1e30; high = 1e30
  for (round = 1; round <= 8; round++) {
    n = sum = square = 0
    for (i = 0; i < N; i++)
      if (!(i in bad) && diff[i] > low && diff[i] < high) { n++; sum += diff[i]; square += diff[i] * diff[i] }
    if (n < 2) break
    sum /= n
    noise["d"] = max(1.05 * root(max(square / n - sum * sum, 0)), 0.3)
    low = sum - 2.5 * noise["d"]; high = sum + 2.5 * noise["d"]
  }
  # The noise of a pixel is that of the sky and of the light that was subtracted.
  for (i = 0; i < N; i++)
    variance[i] = noise["d"] * noise["d"] + scale * scale * (1 + 1 / scale) * max(raw[1, i] - level[1], 0) / gain
}

# Significance of a star at each pixel: a Gaussian filter over the difference, and its square over the variance.
function search(    s, r, k, x, y, i, v, q, w) {
  s = fwhm / 2.3548
  r = int(3 * s + 0.999)
  reach = r
  w = 0
  for (k = -r; k <= r; k++) { kernel[k] = bell(k * k / (2 * s * s)); w += kernel[k] }
  for (k = -r; k <= r; k++) { kernel[k] /= w; own += kernel[k] * kernel[k] }
  for (y = 0; y < H; y++) for (x = 0; x < W; x++) {
    v = q = 0
    for (k = -r; k <= r; k++) if (x + k >= 0 && x + k < W) {
      i = y * W + x + k
      v += kernel[k] * diff[i]; q += kernel[k] * kernel[k] * variance[i]
    }
    across[y * W + x] = v; acrossq[y * W + x] = q
  }
  for (y = 0; y < H; y++) for (x = 0; x < W; x++) {
    v = q = 0
    for (k = -r; k <= r; k++) if (y + k >= 0 && y + k < H) {
      i = (y + k) * W + x
      v += kernel[k] * across[i]; q += kernel[k] * kernel[k] * acrossq[i]
    }
    smooth[y * W + x] = v
    # Squared, with its sign: a root for every pixel would cost more than all the rest.
    signal[y * W + x] = q > 0 ? v * abs(v) / q : 0
  }
}

function measure(    x, y, i, dx, dy, peak, j, sum, mx, my, v, k, t) {
  for (y = 2; y < H - 2; y++) for (x = 2; x < W - 2; x++) {
    i = y * W + x
    if (signal[i] < threshold * threshold || i in bad) continue
    peak = 1
    for (dy = -2; dy <= 2 && peak; dy++) for (dx = -2; dx <= 2 && peak; dx++) {
      j = (y + dy) * W + x + dx
      if (j != i && (signal[j] > signal[i] || (signal[j] == signal[i] && j < i))) peak = 0
    }
    if (!peak) continue
    sum = mx = my = 0
    for (dy = -2; dy <= 2; dy++) for (dx = -2; dx <= 2; dx++) {
      v = max(diff[(y + dy) * W + x + dx], 0)
      sum += v; mx += v * dx; my += v * dy
    }
    if (found >= 500) { warn("more than 500 sources; the rest is left out"); return }
    found++
    sx[found] = x + 1 + (sum > 0 ? mx / sum : 0)
    sy[found] = y + 1 + (sum > 0 ? my / sum : 0)
    sf[found] = smooth[i] / (own * own)
    ss[found] = root(signal[i])
    # Brightest first.
    for (k = found; k > 1 && ss[k] > ss[k - 1]; k--) {
      t = sx[k]; sx[k] = sx[k - 1]; sx[k - 1] = t
      t = sy[k]; sy[k] = sy[k - 1]; sy[k - 1] = t
      t = sf[k]; sf[k] = sf[k - 1]; sf[k - 1] = t
      t = ss[k]; ss[k] = ss[k - 1]; ss[k - 1] = t
    }
  }
}

function write_catalogue(    i) {
  print "# x y flux sigma" > "newstar.cat"
  for (i = 1; i <= found; i++) printf "%.2f %.2f %.1f %.1f\n", sx[i], sy[i], sf[i], ss[i] > "newstar.cat"
  close("newstar.cat")
}

# Middle grey is no change; black and white are ten deviations.
function write_difference(    x, y) {
  printf "P2\n# second picture minus first\n%d %d\n255\n", W, H > "difference.pgm"
  for (y = 0; y < H; y++) {
    for (x = 0; x < W; x++) printf "%d%s", clip(128 + 12.7 * diff[y * W + x] / noise["d"], 0, 255), (x % 16 == 15 || x == W - 1) ? "\n" : " " > "difference.pgm"
  }
  close("difference.pgm")
}

# Four panels: the two pictures, the two blinking as in a blink comparator, the difference with what was found.
function draw(    out, side, i, p, gap, top, rows) {
  out = "newstar.svg"
  shades()
  side = 384; zoom = side / max(W, H); gap = 24; top = 64
  rows = found > 5 ? 5 : found
  page_w = 2 * side + 3 * gap
  page_h = top + 2 * (side + 44) + 24 + 22 * (rows > 0 ? rows + 1 : 1) + 16
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"Helvetica,Arial,sans-serif\" fill=\"#dfe6f2\">\n", page_w, page_h, page_w, page_h > out
  printf "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#0b1020\"/>\n", headline() > out
  printf "<text x=\"%d\" y=\"40\" font-size=\"22\" font-weight=\"bold\">%s</text>\n", gap, headline() > out
  print "<defs>" > out
  for (i = 1; i <= 2; i++) pixels(out, "epoch" i, i)
  pixels(out, "change", "d")
  print "</defs>" > out
  panel(out, gap, top, "First picture", "epoch1", 0)
  panel(out, 2 * gap + side, top, "Second picture", "epoch2", 1)
  panel(out, gap, top + side + 44, "Both in turn", "epoch1", 2)
  panel(out, 2 * gap + side, top + side + 44, "Second minus first", "change", 1)
  p = top + 2 * (side + 44) + 24
  if (found == 0) printf "<text x=\"%d\" y=\"%d\" font-size=\"15\">Nothing above %s sigma.</text>\n", gap, p, threshold > out
  else printf "<g font-size=\"14\" fill=\"#9fb0cc\"><text x=\"%d\" y=\"%d\">source</text><text x=\"%d\" y=\"%d\">x</text><text x=\"%d\" y=\"%d\">y</text><text x=\"%d\" y=\"%d\">flux</text><text x=\"%d\" y=\"%d\">significance</text></g>\n", gap, p, gap + 100, p, gap + 200, p, gap + 300, p, gap + 420, p > out
  for (i = 1; i <= rows; i++) {
    p += 22
    printf "<g font-size=\"15\"><text x=\"%d\" y=\"%d\">N%d</text><text x=\"%d\" y=\"%d\">%.2f</text><text x=\"%d\" y=\"%d\">%.2f</text><text x=\"%d\" y=\"%d\">%.0f</text><text x=\"%d\" y=\"%d\">%.1f sigma</text></g>\n", gap, p, i, gap + 100, p, sx[i], gap + 200, p, sy[i], gap + 300, p, sf[i], gap + 420, p, ss[i] > out
  }
  print "</svg>" > out
  close(out)
}

function headline() {
  if (found == 0) return "No new star"
  return found == 1 ? "A new star" : found " new sources"
}

function panel(out, x, y, name, picture, marks,    i) {
  printf "<g transform=\"translate(%d,%d)\">\n<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n<use href=\"#%s\"/>\n", x, y, W * zoom, H * zoom, W, H, picture > out
  if (marks == 2) print "<use href=\"#epoch2\"><animate attributeName=\"visibility\" values=\"visible;hidden\" calcMode=\"discrete\" dur=\"1.6s\" repeatCount=\"indefinite\"/></use>" > out
  if (marks == 1) for (i = 1; i <= found && i <= 50; i++) mark(out, i)
  printf "</svg>\n<rect width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#33415f\"/>\n<text y=\"%d\" font-size=\"15\">%s</text>\n</g>\n", W * zoom, H * zoom, H * zoom + 20, name > out
}

function mark(out, i,    cx, cy, left, below) {
  cx = sx[i] - 0.5; cy = sy[i] - 0.5
  left = cx > W - 16; below = cy < 10
  printf "<g fill=\"none\" stroke=\"#ff5d73\" stroke-width=\"%.2f\"><circle cx=\"%.2f\" cy=\"%.2f\" r=\"4.5\"/><path d=\"M%.2f %.2fh-3M%.2f %.2fh3M%.2f %.2fv-3M%.2f %.2fv3\"/></g>", 2 / zoom, cx, cy, cx - 4.5, cy, cx + 4.5, cy, cx, cy - 4.5, cx, cy + 4.5 > out
  printf "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\" fill=\"#ff8fa0\" text-anchor=\"%s\">N%d</text>\n", left ? cx - 5 : cx + 5, below ? cy + 8 : cy - 5, 16 / zoom, left ? "end" : "start", i > out
}

# A picture in 24 colours, as runs of equal pixels along each row.
function pixels(out, id, which,    x, y, from, level_of, c, runs, v, last) {
  printf "<g id=\"%s\" stroke-width=\"1.04\" transform=\"translate(0,0.5)\">\n<path stroke=\"%s\" stroke-width=\"%d\" d=\"M0 %.1fH%d\"/>\n", id, colour(which, 0), H, H / 2 - 0.5, W > out
  for (c = 0; c < 24; c++) runs[c] = ""
  for (y = 0; y < H; y++) {
    last = -1
    for (x = 0; x <= W; x++) {
      v = x < W ? shade(which, y * W + x) : -1
      if (v == last) continue
      if (last > 0) runs[last] = runs[last] "M" from " " y "h" (x - from)
      from = x; last = v
    }
  }
  for (c = 1; c < 24; c++) if (runs[c] != "") printf "<path stroke=\"%s\" d=\"%s\"/>\n", colour(which, c), runs[c] > out
  print "</g>" > out
}

function shade(which, i,    v, c) {
  if (which == "d") return clip(12.5 + 11 * diff[i] / noise["d"] / 12, 1, 23)
  v = (raw[which, i] - level[which]) / noise[which]
  for (c = 0; c < 23 && v >= shade_from[c + 1]; c++);
  return c
}

# Where each shade begins, in deviations above the sky: close together at first, so that faint and bright are both seen.
function shades(    c, t) {
  for (c = 0; c < 24; c++) { t = 1 + c / 24 * 6; shade_from[c] = 2 * (t * t - 1) - 1 }
}

function colour(which, c,    t) {
  if (which == "d") {
    t = (c - 12) / 11
    if (t < 0) return rgb(16 - t * 40, 22 - t * 120, 40 - t * 200)
    return rgb(16 + t * 239, 22 + t * 190, 40 + t * 60)
  }
  t = c / 23
  return rgb(8 + 247 * t, 12 + 235 * t * (0.85 + 0.15 * t), 30 + 190 * t * (1.2 - 0.2 * t))
}

function rgb(r, g, b) { return sprintf("#%02x%02x%02x", clip(r, 0, 255), clip(g, 0, 255), clip(b, 0, 255)) }
function clip(v, low, high) { v = int(v); return v < low ? low : v > high ? high : v }
function abs(v) { return v < 0 ? -v : v }
function max(a, b) { return a > b ? a : b }

# Their own root and bell curve: some small awks are built without mathematics.
function root(v,    r, before, n) {
  if (v <= 0) return 0
  r = v > 1 ? v : 1
  for (n = 0; n < 200; n++) {
    before = r
    r = (r + v / r) / 2
    if (r >= before) break
  }
  return before
}

# e to the power of -v, for v from 0 to some 10.
function bell(v,    term, sum, n) {
  term = sum = 1
  for (n = 1; n <= 60; n++) { term *= v / n; sum += term }
  return 1 / sum
}
