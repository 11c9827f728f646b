/* Figures: an SVG that is one image to a screen reader, with its words beside it. */
#include "stage/report-part.h"

void part_figure(struct buf *b, const char *id, unsigned width, unsigned height, const char *title,
                 const char *desc)
{
	buf_addf(b, "<figure>\n<svg id=\"%s\" role=\"img\" viewBox=\"0 0 %u %u\" style=\"max-width:%upx\" "
	         "aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">%s</title>\n<desc id=\"%s-d\">%s</desc>\n",
	         id, width, height, width, id, id, id, title, id, desc);
}

void part_figure_end(struct buf *b, const char *caption)
{
	buf_addf(b, "</svg>\n<figcaption>%s</figcaption>\n</figure>\n", caption);
}

static double up(double x)
{
	double whole = (double)(int64_t)x;

	return whole < x ? whole + 1 : whole;
}

static double down(double x)
{
	return -up(-x);
}

struct axis axis_of(double lo, double hi, unsigned ticks, double from, double to)
{
	static const double by[] = { 2, 2.5, 2 };       /* 1, 2, 5, 10 */
	struct axis a = { .from = from, .to = to, .step = 1 };
	double span = hi > lo ? hi - lo : 1;
	unsigned i = 0;

	/* weights of some methods may be anything; a page shows them all the same */
	if (!(span < 1e12) || lo < -1e12 || hi > 1e12) {
		lo = 0;
		hi = span = 1;
	}
	while (a.step * ticks > span && a.digits < 6) {
		a.step /= 10;
		a.digits++;
	}
	while (a.step * ticks < span) {
		a.step *= by[i++ % 3];
		if (i % 3 == 0 && a.digits)
			a.digits--;
	}
	a.lo = down(lo / a.step) * a.step;
	a.hi = up(hi / a.step) * a.step;
	if (!(a.hi > a.lo))
		a.hi = a.lo + a.step;
	return a;
}

double axis_at(const struct axis *a, double x)
{
	x = x < a->lo ? a->lo : x > a->hi ? a->hi : x;
	return a->from + (x - a->lo) / (a->hi - a->lo) * (a->to - a->from);
}

void part_line(struct buf *b, const char *class, double x1, double y1, double x2, double y2)
{
	buf_addf(b, "<path class=\"%s\" d=\"M", class);
	part_coord(b, x1);
	buf_addc(b, ' ');
	part_coord(b, y1);
	buf_addc(b, 'L');
	part_coord(b, x2);
	buf_addc(b, ' ');
	part_coord(b, y2);
	buf_adds(b, "\"/>\n");
}

void part_dot(struct buf *b, const char *class, double x, double y, double radius)
{
	buf_addf(b, "<circle class=\"%s\" cx=\"", class);
	part_coord(b, x);
	buf_adds(b, "\" cy=\"");
	part_coord(b, y);
	buf_adds(b, "\" r=\"");
	part_coord(b, radius);
	buf_adds(b, "\"/>\n");
}

void part_label(struct buf *b, const char *class, double x, double y)
{
	buf_addf(b, "<text class=\"%s\" x=\"", class);
	part_coord(b, x);
	buf_adds(b, "\" y=\"");
	part_coord(b, y);
	buf_adds(b, "\">");
}

static unsigned n_steps(const struct axis *a)
{
	return (unsigned)((a->hi - a->lo) / a->step + 0.5);
}

void axis_x(struct buf *b, const struct axis *a, double top, double bottom)
{
	for (unsigned i = 0; i <= n_steps(a); i++) {
		double x = a->lo + i * a->step, at = axis_at(a, x);
		part_line(b, "grid", at, top, at, bottom);
		part_label(b, "mid", at, bottom + 16);
		part_fixed(b, x, a->digits);
		buf_adds(b, "</text>\n");
	}
}

void axis_y(struct buf *b, const struct axis *a, double left, double right)
{
	for (unsigned i = 0; i <= n_steps(a); i++) {
		double y = a->lo + i * a->step, at = axis_at(a, y);
		part_line(b, "grid", left, at, right, at);
		part_label(b, "end", left - 6, at + 4);
		part_fixed(b, y, a->digits);
		buf_adds(b, "</text>\n");
	}
}
