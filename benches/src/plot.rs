//! Small plots of cost against size, as SVG.

use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

/// One line of a plot.
pub struct Curve {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// A line through points.
    pub fn new(name: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { name, points }
    }
}

/// A plot from zero on, so that what looks flat is flat.
pub struct Plot {
    /// Name of its file, without end.
    pub name: &'static str,
    /// Heading of the plot.
    pub title: &'static str,
    x: &'static str,
    y: &'static str,
    /// Lines of the plot.
    pub curves: Vec<Curve>,
}

impl Plot {
    /// Without lines.
    pub fn new(name: &'static str, title: &'static str, x: &'static str, y: &'static str) -> Self {
        Self { name, title, x, y, curves: Vec::new() }
    }

    /// Writes it into a folder.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        let path = folder.join(self.name).with_extension("svg");
        let area = SVGBackend::new(&path, (640, 320)).into_drawing_area();
        area.fill(&WHITE)?;
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let largest = |value: fn(&(f64, f64)) -> f64| points().map(value).fold(0.0, f64::max);
        let (width, height) = (largest(|point| point.0), largest(|point| point.1) * 1.25);
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 16))
            .margin(10)
            .margin_right(28)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..width, 0.0..height)?;
        // As short as it can be said.
        let label = |value: &f64| ((value * 1000.0).round() / 1000.0).to_string();
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .x_label_formatter(&label)
            .y_label_formatter(&label)
            .light_line_style(WHITE)
            .draw()?;
        for (index, curve) in self.curves.iter().enumerate() {
            let colour = Palette99::pick(index).to_rgba();
            let line = LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2));
            chart
                .draw_series(line)?
                .label(curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        }
        if self.curves.len() > 1 {
            chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
        }
        area.present()?;
        Ok(())
    }
}
