//! Curves as SVG, both axes logarithmic: growth by ten is one step along either, and a straight line at
//! 45° is linear growth.

use std::{fmt::Write, fs, path::PathBuf};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Colours that colour-blind readers can tell apart (Okabe and Ito's palette).
const COLOURS: [&str; 5] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];

/// Curves over the number of recipients.
pub struct Plot {
    title: String,
    unit: String,
    curves: Vec<(String, Vec<(f64, f64)>)>,
}

/// An axis from one power of ten to another.
struct Axis {
    from: f64,
    to: f64,
}

impl Plot {
    /// A plot without curves; `unit` is that of the values.
    pub fn new(title: &str, unit: &str) -> Self {
        Self { title: title.to_owned(), unit: unit.to_owned(), curves: Vec::new() }
    }

    /// Adds a curve of (recipients, value); what is not positive has no place.
    pub fn curve(&mut self, name: &str, points: impl IntoIterator<Item = (f64, f64)>) {
        let points = points.into_iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).collect();
        self.curves.push((name.to_owned(), points));
    }

    /// Writes `<name>.svg` into the folder of plots and says where.
    pub fn save(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../benches");
        fs::create_dir_all(&folder).expect("cargo's own folder");
        let path = folder.canonicalize().expect("it is there").join(format!("{name}.svg"));
        fs::write(&path, self.to_svg()).expect("cargo's own folder");
        println!("\nplot: {}", path.display());
    }

    fn to_svg(&self) -> String {
        let xs = Axis::over(self.points().map(|(x, _)| x));
        let ys = Axis::over(self.points().map(|(_, y)| y));
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="{LEFT}" y="22" font-size="15">{} ({})</text>"##,
            self.title, self.unit
        );
        for power in xs.powers() {
            let x = across(&xs, 10f64.powi(power));
            grid(&mut svg, (x, TOP), (x, HEIGHT - BOTTOM));
            write(&mut svg, (x, HEIGHT - BOTTOM + 18.0), "middle", &label(power));
        }
        for power in ys.powers() {
            let y = up(&ys, 10f64.powi(power));
            grid(&mut svg, (LEFT, y), (WIDTH - RIGHT, y));
            write(&mut svg, (LEFT - 8.0, y + 4.0), "end", &label(power));
        }
        write(&mut svg, ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12.0), "middle", "recipients");
        for (place, (name, points)) in self.curves.iter().enumerate() {
            let colour = COLOURS[place % COLOURS.len()];
            let points: Vec<(f64, f64)> =
                points.iter().map(|(x, y)| (across(&xs, *x), up(&ys, *y))).collect();
            draw(&mut svg, &points, colour);
            let at = (WIDTH - RIGHT + 12.0, TOP + 14.0 + 20.0 * place as f64);
            append(&mut svg, &format!(r#"<g fill="{colour}">"#));
            write(&mut svg, at, "start", name);
            svg.push_str("</g>");
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.curves.iter().flat_map(|(_, points)| points.iter().copied())
    }
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>) -> Self {
        let (least, most) =
            values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        if least > most {
            return Self { from: 0.0, to: 1.0 };
        }
        let from = least.log10().floor();
        Self { from, to: most.log10().ceil().max(from + 1.0) }
    }

    fn powers(&self) -> impl Iterator<Item = i32> + use<> {
        self.from as i32..=self.to as i32
    }

    fn share(&self, value: f64) -> f64 {
        (value.log10() - self.from) / (self.to - self.from)
    }
}

fn across(axis: &Axis, value: f64) -> f64 {
    LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)
}

fn up(axis: &Axis, value: f64) -> f64 {
    HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)
}

fn label(power: i32) -> String {
    match power {
        0..=3 => 10u64.pow(power.unsigned_abs()).to_string(),
        4..=5 => format!("{}k", 10u64.pow(power.unsigned_abs() - 3)),
        6.. => format!("{}M", 10u64.pow(power.unsigned_abs() - 6)),
        _ => format!("{}", 10f64.powi(power)),
    }
}

fn grid(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let line = format!(
        r##"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="#ddd"/>"##,
        from.0, from.1, to.0, to.1
    );
    append(svg, &line);
}

fn write(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    append(svg, &format!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{words}</text>"#));
}

fn draw(svg: &mut String, points: &[(f64, f64)], colour: &str) {
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let line =
        format!(r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#, path.join(" "));
    append(svg, &line);
    for (x, y) in points {
        append(svg, &format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="{colour}"/>"#));
    }
}

fn append(svg: &mut String, part: &str) {
    write!(svg, "{part}").expect("text takes text");
}
