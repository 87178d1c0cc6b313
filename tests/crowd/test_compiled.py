import crowd.compiled as compiled_module
from crowd.compiled import compiled


def test_a_place_where_no_cache_can_be_written_compiles_in_memory(monkeypatch):
    real = compiled_module.njit

    def without_cache(*arguments, **options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
        return real(*arguments, **options)

    monkeypatch.setattr(compiled_module, "njit", without_cache)
    assert compiled(lambda x: 2.0 * x)(3.0) == 6.0
