"""The sky: a gradient, the glow of the sun, and clouds."""

from __future__ import annotations

import moderngl
import numpy as np
import numpy.typing as npt

from scenes.gl_shaders import compose
from scenes.scene import FloatArray

SKY_VERTEX = """
uniform mat4 u_rays;  // clip coordinates to world directions
in vec2 in_corner;
out vec3 v_direction;
void main() {
    v_direction = (u_rays * vec4(in_corner, 1.0, 1.0)).xyz;
    gl_Position = vec4(in_corner, 1.0, 1.0);
}
"""

SKY_FRAGMENT = """
uniform sampler2D u_noise;
uniform vec3 u_sun;
uniform vec3 u_glow;
uniform vec3 u_sky;
uniform vec3 u_horizon;
uniform vec3 u_cloud;
uniform float u_overcast;
uniform float u_exposure;
in vec3 v_direction;
layout(location = 0) out vec4 out_color;
layout(location = 1) out uvec2 out_data;
void main() {
    vec3 way = normalize(v_direction);
    float height = max(way.z, 0.0);
    vec3 color = mix(u_horizon, u_sky, 1.0 - exp(-3.5 * height));
    vec2 place = way.xy / (height + 0.12);
    float noise = 0.62 * texture(u_noise, 0.05 * place).r + 0.38 * texture(u_noise, 0.17 * place + 0.37).r;
    float cover = smoothstep(0.62, 0.86, noise + 0.36 * u_overcast) * smoothstep(0.02, 0.22, height);
    vec3 cloud = u_cloud * (0.86 + 0.5 * (noise - 0.5));
    color = mix(color, cloud, cover * mix(0.8, 0.55, u_overcast));
    float near = max(dot(way, u_sun), 0.0);
    near *= near; near *= near;
    float wide = near * near;
    float disc = wide * wide; disc *= disc; disc *= disc; disc *= disc; disc *= disc;
    color += u_glow * (0.10 * wide + 6.0 * disc * disc * disc) * (1.0 - 0.7 * cover);
    color = color * (way.z < 0.0 ? 1.0 + 0.5 * max(way.z, -0.6) : 1.0) * u_exposure;
    out_color = vec4(sqrt(color * inversesqrt(1.0 + SHOULDER * color * color)), 1.0);
    out_data = uvec2(0x7f800000u, 0u);  // infinity, nothing
}
"""
NOISE = 256  # pixels per side


class Sky:
    """Draws what no solid covers."""

    def __init__(self, context: moderngl.Context, noise_unit: int) -> None:
        self.program = context.program(compose(SKY_VERTEX), compose(SKY_FRAGMENT))
        self.program["u_noise"] = noise_unit
        corners = context.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], dtype=np.float32).tobytes())
        self._array = context.vertex_array(self.program, [(corners, "2f4", "in_corner")])

    def draw(self, pose: FloatArray, spread: FloatArray) -> None:
        """Draw for a camera at `pose`, whose picture reaches out to +-1 / `spread` (2,) at depth 1."""
        rays = pose.copy()
        rays[:3, :2] = pose[:3, :2] / spread
        rays[:3, 3] = 0.0
        self.program["u_rays"] = tuple(rays.T.ravel().tolist())
        self._array.render(moderngl.TRIANGLE_STRIP)


def upload_noise(context: moderngl.Context) -> moderngl.Texture:
    """Return a texture that repeats, for clouds and puddles."""
    texture = context.texture((NOISE, NOISE), 1, make_noise(NOISE).tobytes())
    texture.build_mipmaps()
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    return texture


def make_noise(size: int) -> npt.NDArray[np.uint8]:
    """Return (size, size) noise with a spectrum of 1/f^1.7, equal at opposite edges, spread evenly over 0..255."""
    rng = np.random.default_rng(0)
    across = np.fft.fftfreq(size)
    frequency = np.hypot(across[:, None], across[None, :])
    frequency[0, 0] = np.inf
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) * frequency**-1.7).real
    rank = np.argsort(np.argsort(field.ravel(), kind="stable"), kind="stable")
    return np.asarray((rank * 256 // rank.size).reshape(size, size), dtype=np.uint8)
