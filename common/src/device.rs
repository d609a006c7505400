//! The one place that names a backend.

use burn::tensor::{Device, FloatDType, IntDType};
use thiserror::Error;

/// A device that this program cannot use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// The name is none of the known ones.
    #[error("there is no device {0:?}; use flex (CPU, the default), ndarray or wgpu")]
    Unknown(String),
    /// The backend is an optional feature that was not built in.
    #[error(
        "device {0:?} is not built in; run `cargo run --package a1_backprop --features {0} -- train ...` (with the package of your assignment) in place of `cargo hw train ...`"
    )]
    NotBuiltIn(String),
}

/// The device called `name`: `flex` (pure Rust, CPU, always there), `ndarray` or `wgpu` (cargo
/// features of the same names).
///
/// # Errors
/// When there is no such device, or it was not built in.
pub fn by_name(name: &str) -> Result<Device, DeviceError> {
    match name {
        "flex" => Ok(Device::flex()),
        #[cfg(feature = "ndarray")]
        #[allow(deprecated)] // upstream drops it in 0.23; until then it is a cross-check
        "ndarray" => Ok(Device::ndarray()),
        #[cfg(feature = "wgpu")]
        "wgpu" => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
        "ndarray" | "wgpu" => Err(DeviceError::NotBuiltIn(name.into())),
        other => Err(DeviceError::Unknown(other.into())),
    }
}

/// Makes `f64` and `i64` the element types of every tensor that this process makes without naming one.
///
/// Checks compare gradients to 1e-7, which `f32` cannot hold. Call it once, before any tensor: it is
/// process-wide.
pub fn use_double_precision() {
    // A second call asks for what is set already and is refused; the settings are what they should be.
    let _ = Device::flex().configure((FloatDType::F64, IntDType::I64));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_devices_are_named() {
        let error = by_name("tpu").unwrap_err().to_string();
        assert!(
            error.contains("\"tpu\"") && error.contains("flex"),
            "{error}"
        );
    }

    #[cfg(not(feature = "wgpu"))]
    #[test]
    fn a_device_that_is_not_built_in_says_how_to_get_it() {
        let error = by_name("wgpu").unwrap_err().to_string();
        assert!(error.contains("--features wgpu"), "{error}");
    }
}
