//! What the linker has to be told for an addon of Node.

fn main() {
    napi_build::setup();
}
